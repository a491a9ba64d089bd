"""HARD_SWISH, x * relu6(x + 3) / 6, in TFLM's 16-bit fixed point."""

from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, Io, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import if_int8, requires_int8
from edgeopt.ops._lut import Lut
from edgeopt.quantmath import quantize_multiplier, rounding_divide_by_pot


def _multiplier16(real: float) -> tuple[int, int]:
    """(multiplier, exponent) as `quantize_multiplier`, the multiplier rounded to Q15."""
    multiplier, exponent = quantize_multiplier(real)
    return min((multiplier + (1 << 15)) >> 16, 32767), exponent


def _output_multiplier(io: Io) -> float:
    """Steps of the output in 1/128 step of the input, in float32 as TFLM."""
    return float(np.float32(1 / 128) * np.float32(io.input(0).q.scale) / np.float32(io.output.q.scale))


def _rounding_high_mul16(a: Array, b: int) -> Array:
    return (a * b + (1 << 14)) >> 15


def _saturating_shift_left16(a: Array, amount: int) -> Array:
    return np.clip(a << amount, -32768, 32767)


@OPS.register("HARD_SWISH")
@requires_int8
@requires("the input's scale is under 128 times the output's", if_int8(lambda op, io: _output_multiplier(io) < 1))
@dataclass(frozen=True)
class HardSwish(Lut):
    name = "hard_swish"

    def function(self, q: Array, io: Io) -> Array:
        x, y = io.input(0).q, io.output.q
        fine = (q - x.zero_point) << 7  # the input with 7 fractional bits: fits int16
        multiplier, exponent = _multiplier16(_output_multiplier(io))
        on_output_scale = _rounding_high_mul16(fine, multiplier)  # still to be divided by 2^-exponent
        product = self._gate(fine, x.scale) * on_output_scale
        product = np.sign(product) * (np.abs(product) >> 15)  # toward zero: it cancels the bias of the roundings before
        return rounding_divide_by_pot(product, -exponent) + y.zero_point

    @staticmethod
    def _gate(fine: Array, in_scale: float) -> Array:
        """relu6(x + 3) / 6 in Q15, from x with 7 fractional bits."""
        fine_scale, three = np.float32(1 / 128) * np.float32(in_scale), np.float32(3) / np.float32(32768)
        multiplier, exponent = _multiplier16(float(fine_scale / three))
        # x / 3 in Q15, saturating; the last bit of a left shift comes after the multiplication
        gate = _saturating_shift_left16(fine, exponent - 1) if exponent > 0 else fine
        gate = _rounding_high_mul16(gate, multiplier)
        gate = _saturating_shift_left16(gate, 1) if exponent > 0 else rounding_divide_by_pot(gate, -exponent)
        return (gate + (1 << 15)) >> 1

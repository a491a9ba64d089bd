"""DIV of int8 tensors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._binary import Binary, centered, walk
from edgeopt.ops._checks import int8_throughout, requires_int8
from edgeopt.ops._fixedpoint import one_over_one_plus_x
from edgeopt.quantmath import (
    quantize_multiplier,
    rounding_divide_by_pot,
    saturating_rounding_doubling_high_mul,
)

_LEAST, _MOST = 2.0**-20, 2.0**23
_LEAST_OF_TFLM = 64.0  # below, it shifts small dividends to the right by more than 31
_TOO_FAR = 256  # beyond any clamp, whatever the zero point


def _ratio(io: Io) -> float:
    """Steps of the output in one of the quotient, in float32 as TFLM; infinite or 0 where that overflows."""
    x1, x2, y = (np.float32(tensor.q.scale) for tensor in (io.input(0), io.input(1), io.output))
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        return float(x1 / (x2 * y))


def _ratio_fits(op: Any, io: Io) -> bool:
    # above, TFLM would shift to the right by less than nothing
    return not int8_throughout(op, io) or _LEAST <= _ratio(io) < _MOST


@OPS.register("DIV")
@requires("its operands have at most 5 dimensions", lambda op, io: len(io.output.shape) <= 5)
@requires("its first scale is 2^-20 to 2^23 times the product of its second and its output's scale", _ratio_fits)
@requires_int8
@dataclass(frozen=True)
class Div(Binary):
    """Division by zero saturates on the dividend's side; 0 / 0 is 0. docs/numerics.md names where TFLM differs."""

    name = "div"

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x1, x2 = np.broadcast_arrays(*(centered(io, values, index) for index in (0, 1)))
        quotient = _quotient(np.where(x2 < 0, -x1, x1), np.maximum(np.abs(x2), 1), *quantize_multiplier(_ratio(io)))
        y = np.where(x2 == 0, np.sign(x1) * _TOO_FAR, quotient)
        return self._clamped(y + io.output.q.zero_point)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        multiplier, shift = quantize_multiplier(_ratio(io))
        low, high = self.clamp
        params = {
            "offset1": -io.input(0).q.zero_point,
            "offset2": -io.input(1).q.zero_point,
            "multiplier": multiplier,
            "shift": shift,
            "offset": io.output.q.zero_point,
            "low": low,
            "high": high,
            **walk(io, 0, 1),
        }
        return (CCall("eo_div_s8", params, inputs=(0, 1)),)


def tflite_micro_divides(io: Io) -> bool:
    """Whether TFLM's quotients are defined, whatever is divided."""
    divisor = io.input(1)
    no_zero = divisor.data is not None and not (divisor.data == divisor.q.zero_point).any()
    return no_zero and _ratio(io) >= _LEAST_OF_TFLM


def _quotient(x1: Array, x2: Array, multiplier: int, shift: int) -> Array:
    """requantize(x1 / x2) for x2 >= 1: a reciprocal in Q0, times x1 moved up as far as 32 bits allow."""
    bits = np.frexp(x2.astype(np.float64))[1].astype(np.int64)
    reciprocal = one_over_one_plus_x((x2 << (32 - bits)) - (1 << 31))
    magnitude = np.where(x1 < 0, ~x1, x1)
    headroom = 31 - np.frexp(magnitude.astype(np.float64))[1].astype(np.int64)
    product = saturating_rounding_doubling_high_mul(x1 << headroom, reciprocal)
    right = headroom + bits - 1 - shift
    scaled = saturating_rounding_doubling_high_mul(product, multiplier)
    return np.where(right > 31, 0, rounding_divide_by_pot(scaled, np.minimum(right, 31)))

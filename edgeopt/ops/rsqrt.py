"""RSQRT, 1 / sqrt(x), in TFLM's fixed point."""

import math
from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, Io, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import if_int8, requires_int8
from edgeopt.ops._fixedpoint import inverse_sqrt
from edgeopt.ops._lut import Lut
from edgeopt.quantmath import quantize_multiplier, requantize

_FRACTIONAL_BITS = 20  # of 1 / sqrt(q), before it is brought to the output's scale


def _rescale(io: Io) -> tuple[int, int]:
    return quantize_multiplier(1 / (math.sqrt(io.input(0).q.scale) * io.output.q.scale))


def _shifts_exist(op: "Rsqrt", io: Io) -> bool:
    # below, TFLM would shift right by more than 31; above, its shift to the left wraps
    multiplier, shift = _rescale(io)
    return multiplier > 0 and -11 <= shift <= 29


@OPS.register("RSQRT")
@requires_int8
@requires("1 / sqrt of its input's scale is 2^-12 to 2^29 times its output's", if_int8(_shifts_exist))
@dataclass(frozen=True)
class Rsqrt(Lut):
    """Zero gives the largest output. So does what is negative, for which TFLM ends the inference."""

    name = "rsqrt"

    def function(self, q: Array, io: Io) -> Array:
        x, y = io.input(0).q, io.output.q
        multiplier, shift = _rescale(io)
        v = np.maximum(q - x.zero_point, 0)
        root, root_shift = inverse_sqrt(v)
        fine = requantize(1, root, root_shift + _FRACTIONAL_BITS)
        return np.where(v > 0, requantize(fine, multiplier, shift - _FRACTIONAL_BITS) + y.zero_point, 127)

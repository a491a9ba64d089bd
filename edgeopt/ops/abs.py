"""ABS: the magnitude, requantized where the scales differ."""

from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, Io, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import if_int8, requires_int8
from edgeopt.ops._lut import Lut
from edgeopt.quantmath import quantize_multiplier, requantize


def _rescale(io: Io) -> tuple[int, int]:
    return quantize_multiplier(io.input(0).q.scale / io.output.q.scale)


@OPS.register("ABS")
@requires_int8
@requires("its input's scale is under 2^23 times its output's", if_int8(lambda op, io: _rescale(io)[1] <= 23))
@dataclass(frozen=True)
class Abs(Lut):
    name = "abs"

    def function(self, q: Array, io: Io) -> Array:
        x, y = io.input(0).q, io.output.q
        magnitude = np.abs(q - x.zero_point)
        return (magnitude if x.scale == y.scale else requantize(magnitude, *_rescale(io))) + y.zero_point

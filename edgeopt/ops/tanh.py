"""TANH in TFLM's fixed point."""

from dataclasses import dataclass

from edgeopt.ir import Array, Io, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import if_int8, requires_int8
from edgeopt.ops._fixedpoint import tanh
from edgeopt.ops._lut import Lut
from edgeopt.ops._sigmoid import SMALLEST_INPUT_SCALE, sigmoid_int8


@OPS.register("TANH")
@requires_int8
@requires(
    "the output's scale is 1/128 and its zero point 0",
    if_int8(lambda op, io: io.output.q.scale == 1 / 128 and io.output.q.zero_point == 0),
)
@requires("the input's scale is at least 2^-27", if_int8(lambda op, io: io.input(0).q.scale >= SMALLEST_INPUT_SCALE))
@dataclass(frozen=True)
class Tanh(Lut):
    name = "tanh"

    def function(self, q: Array, io: Io) -> Array:
        return sigmoid_int8(q, io, tanh, output_bits=7, zero_point=0)

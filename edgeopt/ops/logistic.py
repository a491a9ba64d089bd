"""LOGISTIC, 1 / (1 + exp(-x)), in TFLM's fixed point."""

from dataclasses import dataclass

from edgeopt.ir import Array, Io, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import if_int8, requires_int8
from edgeopt.ops._fixedpoint import logistic
from edgeopt.ops._lut import Lut
from edgeopt.ops._sigmoid import SMALLEST_INPUT_SCALE, sigmoid_int8


@OPS.register("LOGISTIC")
@requires_int8
@requires(
    "the output's scale is 1/256 and its zero point -128",
    if_int8(lambda op, io: io.output.q.scale == 1 / 256 and io.output.q.zero_point == -128),
)
@requires("the input's scale is at least 2^-27", if_int8(lambda op, io: io.input(0).q.scale >= SMALLEST_INPUT_SCALE))
@dataclass(frozen=True)
class Logistic(Lut):
    name = "logistic"

    def function(self, q: Array, io: Io) -> Array:
        return sigmoid_int8(q, io, logistic, output_bits=8, zero_point=-128)

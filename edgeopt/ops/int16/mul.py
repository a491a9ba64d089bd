"""MUL of int16 tensors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from edgeopt.ir import Array, CCall, Io, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._binary import Binary, centered, walk
from edgeopt.ops._checks import int16_throughout, requires_int16
from edgeopt.quantmath import quantize_multiplier, requantize


def _rescale(io: Io) -> tuple[int, int]:
    return quantize_multiplier(io.input(0).q.scale * io.input(1).q.scale / io.output.q.scale)


def _ratio_fits(op: Any, io: Io) -> bool:
    # above, TFLM's left shift of a product might wrap; below, every output would be 0 or next to it
    return not int16_throughout(op, io) or (_rescale(io)[0] > 0 and -30 <= _rescale(io)[1] <= -1)


@OPS.register("MUL int16")
@requires("the product of its operands' scales is between 2^-31 and 1/2 of its output's scale", _ratio_fits)
@requires_int16
@dataclass(frozen=True)
class MulInt16(Binary):
    name = "mul_s16"

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        product = centered(io, values, 0) * centered(io, values, 1)
        return self._clamped(requantize(product, *_rescale(io)), "int16")

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        multiplier, shift = _rescale(io)
        params = {
            "multiplier": multiplier,
            "right": -shift,
            "low": self.clamp[0],
            "high": self.clamp[1],
            **walk(io, 0, 1),
        }
        return (CCall("eo_mul_s16", params, inputs=(0, 1)),)

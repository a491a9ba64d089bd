"""MUL of int8 tensors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from edgeopt.ir import Array, CCall, Io, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._binary import Binary, centered, walk
from edgeopt.ops._checks import int8_throughout, requires_int8
from edgeopt.quantmath import quantize_multiplier, requantize


def _rescale(io: Io) -> tuple[int, int]:
    return quantize_multiplier(io.input(0).q.scale * io.input(1).q.scale / io.output.q.scale)


def _product_fits(op: Any, io: Io) -> bool:
    # beyond, TFLM's left shift of the product wraps
    return not int8_throughout(op, io) or _rescale(io)[1] <= 13


@OPS.register("MUL")
@requires("the product of its operands' scales is under 2^13 times its output's scale", _product_fits)
@requires_int8
@dataclass(frozen=True)
class Mul(Binary):
    name = "mul"

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        product = centered(io, values, 0) * centered(io, values, 1)
        return self._clamped(requantize(product, *_rescale(io)) + io.output.q.zero_point)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        multiplier, shift = _rescale(io)
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
        return (CCall("eo_mul_s8", params, inputs=(0, 1)),)

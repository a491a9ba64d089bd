"""SQUARED_DIFFERENCE of int8 tensors, each with a scale of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from edgeopt.ir import Array, CCall, Io, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._binary import Binary, centered, walk
from edgeopt.ops._checks import int8_throughout, requires_int8
from edgeopt.quantmath import quantize_multiplier, requantize

_LEFT_SHIFT = 7  # of both operands before they are rescaled: the square of their difference fits 31 bits


def _operand(io: Io, index: int) -> tuple[int, int]:
    """(multiplier, shift) to twice the larger of the operands' scales; the shift is not above 0."""
    return quantize_multiplier(io.input(index).q.scale / (2 * _larger(io)))


def _output(io: Io) -> tuple[int, int]:
    return quantize_multiplier((2 * _larger(io)) ** 2 / (4**_LEFT_SHIFT * io.output.q.scale))


def _larger(io: Io) -> float:
    return max(io.input(0).q.scale, io.input(1).q.scale)


def _square_fits(op: Any, io: Io) -> bool:
    # beyond, TFLM's left shift of the square wraps
    return not int8_throughout(op, io) or _output(io)[1] <= 0


@OPS.register("SQUARED_DIFFERENCE")
@requires("its operands have at most 4 dimensions", lambda op, io: len(io.output.shape) <= 4)
@requires("the square of its larger scale is under 2^12 times its output's scale", _square_fits)
@requires_int8
@dataclass(frozen=True)
class SquaredDifference(Binary):
    name = "squared_difference"

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x1, x2 = (requantize(centered(io, values, i) << _LEFT_SHIFT, *_operand(io, i)) for i in (0, 1))
        return self._clamped(requantize((x1 - x2) ** 2, *_output(io)) + io.output.q.zero_point)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        # The operand of the larger scale is halved exactly, by a shift; the kernel rescales the other, its first.
        first, second = (0, 1) if io.input(0).q.scale <= io.input(1).q.scale else (1, 0)
        (multiplier1, shift1), (multiplier, shift) = _operand(io, first), _output(io)
        low, high = self.clamp
        params = {
            "offset1": -io.input(first).q.zero_point,
            "offset2": -io.input(second).q.zero_point,
            "multiplier1": multiplier1,
            "right1": -shift1,
            "multiplier": multiplier,
            "right": -shift,
            "offset": io.output.q.zero_point,
            "low": low,
            "high": high,
            **walk(io, first, second),
        }
        return (CCall("eo_squared_difference_s8", params, inputs=(first, second)),)

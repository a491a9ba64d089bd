"""ADD and SUB of int16 tensors, each with a scale of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from edgeopt.ir import Array, CCall, Io, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._binary import Binary, centered, walk
from edgeopt.ops._checks import int16_throughout, requires_int16
from edgeopt.ops._sum import SumRescale
from edgeopt.quantmath import requantize

_LEFT_SHIFT = 15  # of both operands before they are rescaled: TFLM's headroom for 16-bit sums


def _rescale(io: Io) -> SumRescale:
    return SumRescale.of(io, _LEFT_SHIFT)


def _scale_in_range(op: Any, io: Io) -> bool:
    # below, TFLM aborts or the kernel would have nothing to shift; above, its nudge would leave int32
    return not int16_throughout(op, io) or -30 <= _rescale(io).output[1] <= -1


def _operands_comparable(op: Any, io: Io) -> bool:
    # TFLM flushes a smaller ratio to a multiplier of 0
    return not int16_throughout(op, io) or all(multiplier > 0 for multiplier, _ in _rescale(io).operands)


@OPS.register("ADD int16")
@requires("its output's scale is between 2^-13 and 2^17 times the larger of its operands' scales", _scale_in_range)
@requires("its operands' scales differ by less than a factor of 2^31", _operands_comparable)
@requires_int16
@dataclass(frozen=True)
class AddInt16(Binary):
    name = "add_s16"
    sign: ClassVar[int] = 1  # of the second operand

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        rescale = _rescale(io)
        x1, x2 = (requantize(centered(io, values, i) << _LEFT_SHIFT, *rescale.operands[i]) for i in (0, 1))
        return self._clamped(requantize(x1 + self.sign * x2, *rescale.output), "int16")

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        if self._is_plain(io):
            params = {"count": io.output.elements, "low": self.clamp[0], "high": self.clamp[1]}
            return (CCall("eo_plain_add_s16", params, inputs=(0, 1), why="one scale: nothing to rescale"),)
        return (self._rescaling_call(io),)

    def _is_plain(self, io: Io) -> bool:
        """Whether operands and output have one shape and scale: halves and their sum come out exact."""
        x1, x2, y = io.input(0), io.input(1), io.output
        return self.sign == 1 and x1.q.scale == x2.q.scale == y.q.scale and x1.shape == x2.shape

    def _rescaling_call(self, io: Io) -> CCall:
        # The operand of the larger scale is halved exactly, by a shift; the kernel rescales the other, its first.
        first, second = (0, 1) if io.input(0).q.scale <= io.input(1).q.scale else (1, 0)
        signs = 1, self.sign
        rescale = _rescale(io)
        (multiplier1, shift1), (multiplier, shift) = rescale.operands[first], rescale.output
        # Where the scales are equal, shift1 is 0: shifting by 1 instead loses nothing of these multiples of 2^14
        right1 = max(1, -shift1)
        params: dict[str, int | Array | None] = {
            "multiplier1": multiplier1,
            "right1": right1,
            "factor1": signs[first] * 2 * 2 ** (right1 + shift1),
            "factor2": signs[second] * 2**_LEFT_SHIFT,
            "multiplier": multiplier,
            "right": -shift,
            "low": self.clamp[0],
            "high": self.clamp[1],
            **walk(io, first, second),
        }
        return CCall("eo_add_s16", params, inputs=(first, second))


@OPS.register("SUB int16")
@dataclass(frozen=True)
class SubInt16(AddInt16):
    name = "sub_s16"
    sign = -1

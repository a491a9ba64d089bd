"""ADD and SUB of int8 tensors, each with a scale of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from edgeopt.ir import Array, CCall, Io, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._binary import Binary, centered, walk
from edgeopt.ops._checks import int8_throughout, requires_int8
from edgeopt.ops._sum import SumRescale
from edgeopt.quantmath import requantize

_LEFT_SHIFT = 20  # of both operands before they are rescaled: TFLM's headroom for 8-bit sums


def _rescale(io: Io) -> SumRescale:
    return SumRescale.of(io, _LEFT_SHIFT)


def _scale_in_range(op: Any, io: Io) -> bool:
    # below, TFLM aborts; above, the kernel's nudge would leave int32
    return not int8_throughout(op, io) or -23 <= _rescale(io).output[1] <= -1


def _operands_comparable(op: Any, io: Io) -> bool:
    # TFLM flushes a smaller ratio to a multiplier of 0
    return not int8_throughout(op, io) or all(multiplier > 0 for multiplier, _ in _rescale(io).operands)


@OPS.register("ADD")
@requires("its output's scale is between 2^-18 and 32 times the larger of its operands' scales", _scale_in_range)
@requires("its operands' scales differ by less than a factor of 2^31", _operands_comparable)
@requires_int8
@dataclass(frozen=True)
class Add(Binary):
    name = "add"
    sign: ClassVar[int] = 1  # of the second operand

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        rescale = _rescale(io)
        x1, x2 = (requantize(centered(io, values, i) << _LEFT_SHIFT, *rescale.operands[i]) for i in (0, 1))
        return self._clamped(requantize(x1 + self.sign * x2, *rescale.output) + io.output.q.zero_point)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        # The operand of the larger scale is halved exactly, by a shift; the kernel rescales the other, its first.
        first, second = (0, 1) if io.input(0).q.scale <= io.input(1).q.scale else (1, 0)
        rescale = _rescale(io)
        multiplier, shift = rescale.output
        low, high = self.clamp
        params = {
            **self._operand_params(io, first, second, rescale),
            "multiplier": multiplier,
            "right": -shift,
            "nudge": (2 * io.output.q.zero_point + 1) << (-shift - 1),
            "low": low,
            "high": high,
            **walk(io, first, second),
        }
        return (CCall("eo_add_s8", params, inputs=(first, second)),)

    def _operand_params(self, io: Io, first: int, second: int, rescale: SumRescale) -> dict[str, int]:
        signs = 1, self.sign
        multiplier, shift = rescale.operands[first]
        # Where the scales are equal, shift is 0: shifting by 1 instead loses nothing of these multiples of 2^19
        right = max(1, -shift)
        factor2 = signs[second] * 2**_LEFT_SHIFT
        return {
            "bias1": -io.input(first).q.zero_point * 2 ** (_LEFT_SHIFT + 1),
            "multiplier1": multiplier,
            "right1": right,
            "nudge1": 1 << (right - 1),
            "factor1": signs[first] * 2 * 2 ** (right + shift),
            "factor2": factor2,
            "bias2": -io.input(second).q.zero_point * factor2,
        }


@OPS.register("SUB")
@dataclass(frozen=True)
class Sub(Add):
    name = "sub"
    sign = -1

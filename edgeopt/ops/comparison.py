"""EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER and GREATER_EQUAL of int8 tensors, each with a scale of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Op, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._binary import broadcasts, centered, walk
from edgeopt.ops._checks import quantized
from edgeopt.quantmath import quantize_multiplier, requantize

_LEFT_SHIFT = 8  # what is compared are the real values with 8 fractional bits
_LESS, _EQUAL, _GREATER = 1, 2, 4


def _types_known(op: Any, io: Io) -> bool:
    return all(quantized(io.input(index), "int8") for index in (0, 1)) and io.output.dtype == "bool"


def _scales_below_one(op: Any, io: Io) -> bool:
    # TFLM ends the process otherwise
    return not _types_known(op, io) or all(io.input(index).q.scale < 1 for index in (0, 1))


@requires("its operands are int8, quantized per tensor, and its output is bool", _types_known)
@requires("its operands have shapes that broadcast together", broadcasts)
@requires("its operands have at most 4 dimensions", lambda op, io: len(io.output.shape) <= 4)
@requires("the scales of its operands are below 1", _scales_below_one)
@dataclass(frozen=True)
class Comparison(Op):
    """Of real values with 8 fractional bits, as TFLM: what lies closer together is equal."""

    arity = (2, 2)

    holds_for: ClassVar[int]  # _LESS + _EQUAL + _GREATER, those for which it is true

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return cls()

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (np.broadcast_shapes(io.input(0).shape, io.input(1).shape),)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x1, x2 = (
            requantize(centered(io, values, index) << _LEFT_SHIFT, *quantize_multiplier(io.input(index).q.scale))
            for index in (0, 1)
        )
        relation = np.where(x1 < x2, _LESS, np.where(x1 == x2, _EQUAL, _GREATER))
        return ((relation & self.holds_for) != 0,)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        (multiplier1, shift1), (multiplier2, shift2) = (quantize_multiplier(io.input(i).q.scale) for i in (0, 1))
        params = {
            "holds_for": self.holds_for,
            "offset1": -io.input(0).q.zero_point,
            "multiplier1": multiplier1,
            "right1": -shift1,
            "offset2": -io.input(1).q.zero_point,
            "multiplier2": multiplier2,
            "right2": -shift2,
            **walk(io, 0, 1),
        }
        return (CCall("eo_compare_s8", params, inputs=(0, 1)),)

    def in_place(self, io: Io) -> tuple[int, ...]:
        return tuple(index for index in (0, 1) if io.input(index).shape == io.output.shape)


@OPS.register("EQUAL")
class Equal(Comparison):
    name = "equal"
    holds_for = _EQUAL


@OPS.register("NOT_EQUAL")
class NotEqual(Comparison):
    name = "not_equal"
    holds_for = _LESS + _GREATER


@OPS.register("LESS")
class Less(Comparison):
    name = "less"
    holds_for = _LESS


@OPS.register("LESS_EQUAL")
class LessEqual(Comparison):
    name = "less_equal"
    holds_for = _LESS + _EQUAL


@OPS.register("GREATER")
class Greater(Comparison):
    name = "greater"
    holds_for = _GREATER


@OPS.register("GREATER_EQUAL")
class GreaterEqual(Comparison):
    name = "greater_equal"
    holds_for = _GREATER + _EQUAL

"""LOG_SOFTMAX over the last dimension, in gemmlowp's fixed point."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Op, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import if_int8, requires_int8
from edgeopt.ops._exponentials import MAX_CLASSES, SUM_INTEGER_BITS, exponentials, farthest, shares, step_q5
from edgeopt.ops._fixedpoint import log_at_least_one
from edgeopt.quantmath import INT32_MIN, quantize_multiplier, requantize, rounding_divide_by_pot

_RIGHT = 22  # from Q5 to sixteenths


def _step(io: Io) -> float:
    return step_q5(io.input(0).q.scale)


@OPS.register("LOG_SOFTMAX")
@requires_int8
@requires(
    "the output's scale is 1/16 and its zero point 127",
    if_int8(lambda op, io: io.output.q.scale == 1 / 16 and io.output.q.zero_point == 127),
)
@requires("the input's scale is above 2^-26", if_int8(lambda op, io: _step(io) > 1))
@requires(
    f"it has 1 to {MAX_CLASSES} classes",
    lambda op, io: len(io.input(0).shape) >= 1 and 1 <= io.input(0).shape[-1] <= MAX_CLASSES,
)
@dataclass(frozen=True)
class LogSoftmax(Op):
    name = "log_softmax"

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return cls()

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (io.input(0).shape,)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        (x,) = values
        assert x is not None
        e = shares(x, exponentials(_step(io)))
        log_sum = log_at_least_one(rounding_divide_by_pot(e, SUM_INTEGER_BITS).sum(axis=-1, keepdims=True))
        difference = x.astype(np.int64) - x.max(axis=-1, keepdims=True)
        y = rounding_divide_by_pot(requantize(difference, *quantize_multiplier(_step(io))) - log_sum, _RIGHT) + 127
        # what would leave Q5, and what the sum took no part of, is the smallest output
        least = np.maximum(-farthest(_step(io)) - 1, requantize(log_sum + INT32_MIN, *_steps_of_q5(io)))
        return (np.where(difference > least, np.clip(y, -128, 127), -128).astype(np.int8),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        table = exponentials(_step(io))
        multiplier, left = quantize_multiplier(_step(io))
        reverse_multiplier, reverse_shift = _steps_of_q5(io)
        params: dict[str, int | Array] = {
            "rows": prod(io.output.shape[:-1]),
            "depth": io.output.shape[-1],
            "known": table.size,
            "exponentials": table,
            "multiplier": multiplier,
            "left": left,
            "reverse_multiplier": reverse_multiplier,
            "reverse_right": -reverse_shift,
            "farthest": min(farthest(_step(io)), 255),
        }
        return (CCall("eo_log_softmax_s8", params, why="a table of exponentials"),)

    def in_place(self, io: Io) -> tuple[int, ...]:
        return (0,)


def _steps_of_q5(io: Io) -> tuple[int, int]:
    """(multiplier, shift) from Q5 to steps of the input, from the rounded multiplier as TFLM; no shift is above 0."""
    multiplier, left = quantize_multiplier(_step(io))
    return quantize_multiplier(2.0 ** (31 - left) / multiplier)

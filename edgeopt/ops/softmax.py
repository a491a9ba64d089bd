"""SOFTMAX over the last dimension, in gemmlowp's fixed point."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Op, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import if_int8, requires_int8
from edgeopt.ops._exponentials import MAX_CLASSES, SUM_INTEGER_BITS, exponentials, shares, step_q5
from edgeopt.ops._fixedpoint import one_over_one_plus_x
from edgeopt.quantmath import rounding_divide_by_pot, saturating_rounding_doubling_high_mul


@OPS.register("SOFTMAX")
@requires_int8
@requires(
    "the output's scale is 1/256 and its zero point -128",
    if_int8(lambda op, io: io.output.q.scale == 1 / 256 and io.output.q.zero_point == -128),
)
@requires("beta times the input's scale is above 2^-26", if_int8(lambda op, io: op.step(io) > 1))
@requires(
    f"it has 1 to {MAX_CLASSES} classes",
    lambda op, io: len(io.input(0).shape) >= 1 and 1 <= io.input(0).shape[-1] <= MAX_CLASSES,
)
@dataclass(frozen=True)
class Softmax(Op):
    name = "softmax"

    beta: float

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return cls(float(options["beta"]))

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (io.input(0).shape,)

    def step(self, io: Io) -> float:
        """One step of the input times beta, in Q5 units."""
        return step_q5(self.beta * io.input(0).q.scale)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        (x,) = values
        assert x is not None
        e = shares(x, exponentials(self.step(io)))
        total = rounding_divide_by_pot(e, SUM_INTEGER_BITS).sum(axis=-1, keepdims=True)
        # total = 2^(bits - 1) * (1 + fraction): 1 / total is one_over_one_plus_x(fraction) and a shift
        bits = np.frexp(total.astype(np.float64))[1].astype(np.int64)  # exact: total is below 2^31
        scale = one_over_one_plus_x((total << (32 - bits)) - (1 << 31))
        y = rounding_divide_by_pot(saturating_rounding_doubling_high_mul(scale, e), bits + 3) - 128
        return (np.clip(y, -128, 127).astype(np.int8),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        depth = io.output.shape[-1]
        table = exponentials(self.step(io))
        params: dict[str, int | Array] = {
            "rows": prod(io.output.shape[:-1]),
            "depth": depth,
            "known": table.size,
            "exponentials": table,
        }
        return (CCall("eo_softmax_s8", params, why="a table of exponentials"),)

    def in_place(self, io: Io) -> tuple[int, ...]:
        return (0,)

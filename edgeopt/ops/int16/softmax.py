"""SOFTMAX of int16 over the last dimension, by tables of exponentials and reciprocals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import isfinite, prod
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Op, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import if_int16, requires_int16
from edgeopt.ops.int16._lines import between_lines, line_table
from edgeopt.quantmath import quantize_multiplier, requantize

_DEPTH = 65_536  # as many exponentials of 2^15 - 1 at most stay below 2^31
_MAX_SHIFT = 15  # to the left, of a difference of int16 in 32 bits


@cache
def exponentials() -> Array:
    """exp(x) for x from -10 to 0; a float32 exponential is the one nearest to the real one."""
    return line_table(lambda x: np.exp(x.astype(np.float64)).astype(np.float32), -10.0, 0.0)


@cache
def reciprocals() -> Array:
    """1 / (1 + x) for x from 0 to 1."""
    return line_table(lambda x: np.float32(1) / (np.float32(1) + x), 0.0, 1.0)


@OPS.register("SOFTMAX int16")
@requires_int16
@requires("the output's scale is 2^-15", if_int16(lambda op, io: io.output.q.scale == 2.0**-15))
@requires("beta times the input's scale is not below 0 and under 5", if_int16(lambda op, io: op.has_known_step(io)))
@requires(
    f"it has 1 to {_DEPTH:,} classes",
    lambda op, io: len(io.input(0).shape) >= 1 and 1 <= io.input(0).shape[-1] <= _DEPTH,
)
@dataclass(frozen=True)
class SoftmaxInt16(Op):
    """1. e = exp(x - largest), by lines from a table, nothing below exp(-10).
    2. s = the sum of e; 1 / s by lines from a table and a shift.
    3. e / s in Q15.
    """

    name = "softmax_s16"

    beta: float

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return cls(float(options["beta"]))

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (io.input(0).shape,)

    def has_known_step(self, io: Io) -> bool:
        step = self.beta * io.input(0).q.scale
        return isfinite(step) and step >= 0 and self.multiplier(io)[1] <= _MAX_SHIFT

    def multiplier(self, io: Io) -> tuple[int, int]:
        """(multiplier, shift) from steps of the input to those of the table."""
        return quantize_multiplier(io.input(0).q.scale * self.beta / (10.0 / 65535.0))

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        (x,) = values
        assert x is not None
        wide = x.astype(np.int64)
        differences = requantize(wide - wide.max(axis=-1, keepdims=True), *self.multiplier(io))
        e = between_lines(np.clip(differences + 32767, -32768, 32767), exponentials())
        total = e.sum(axis=-1, keepdims=True)
        bits = np.frexp(total.astype(np.float64))[1].astype(np.int64)  # exact: total is below 2^31
        # total = 2^(bits - 1) * (1 + fraction), the fraction with 16 bits, centered
        fraction = (((total << (31 - bits)) + (1 << 13)) >> 14) - (1 << 16) - (1 << 15)
        reciprocal = between_lines(np.clip(fraction, -32768, 32767), reciprocals())
        y = (e * reciprocal + (1 << (bits - 2))) >> (bits - 1)
        return (np.clip(y, 0, 32767).astype(np.int16),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        multiplier, shift = self.multiplier(io)
        params: dict[str, int | Array] = {
            "rows": prod(io.output.shape[:-1]),
            "depth": io.output.shape[-1],
            "multiplier": multiplier,
            "shift": shift,
            "exponentials": exponentials(),
            "reciprocals": reciprocals(),
        }
        return (CCall("eo_softmax_s16", params, why="tables of exponentials and reciprocals"),)

    def in_place(self, io: Io) -> tuple[int, ...]:
        return (0,)

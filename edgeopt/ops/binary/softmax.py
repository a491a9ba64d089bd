"""SOFTMAX of binarized networks: int16 scores to shares in Q15, in little flash.

The int16 form of SOFTMAX equals TensorFlow Lite's to the bit and brings 2 kB of tables for it. The Larq Compute Engine
computes a softmax in float, so that there is no such bit here: powers of 2 by 64 lines do, within 2^-13 of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import frexp, log2, prod
from typing import Self

import numpy as np

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Array, CCall, Io, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import requires_int16
from edgeopt.ops.binary._internal import Internal

MAX_CLASSES = 32_767  # shares of 2^16 add up below 2^31
_OCTAVE = 1 << 16  # steps of the exponent in which a share halves
_LINES = 64
_ONE = 65_535  # what the largest score counts
_MULTIPLIER_BITS = 16
STEPS_BELOW = (1 << _MULTIPLIER_BITS) / (_OCTAVE * log2(np.e))  # what a step of the input may be worth


@cache
def halvings() -> Array:
    """uint16 [65]: 2^-x for x from 0 to 1."""
    powers: Array = np.rint(_ONE * np.exp2(-np.arange(_LINES + 1) / _LINES)).astype(np.uint16)
    return powers


@OPS.register("SHARES")
@requires_int16
@requires(f"it has 1 to {MAX_CLASSES:,} classes", lambda op, io: 1 <= (0, *io.input(0).shape)[-1] <= MAX_CLASSES)
@requires("its multiplier has 16 bits", lambda op, io: 0 <= op.multiplier < 1 << _MULTIPLIER_BITS)
@requires("its shift is 0 to 31", lambda op, io: 0 <= op.shift <= 31)
@dataclass(frozen=True)
class Shares(Internal):
    """y = 2^-t / sum of 2^-t over the last dimension, t = (largest - x) * multiplier / 2^shift octaves / 2^16."""

    name = "shares_s16"

    multiplier: int
    shift: int

    @classmethod
    def of_step(cls, step: float) -> Self:
        """The softmax of scores of which one step of the input is worth `step`, beta included."""
        octaves = step * log2(np.e) * _OCTAVE
        if not 0 <= octaves < 1 << _MULTIPLIER_BITS:
            raise UnsupportedModel(f"a softmax whose input's steps are worth {step:g}", "train it with smaller scores")
        if octaves == 0:
            return cls(0, 0)
        shift = min(31, _MULTIPLIER_BITS - frexp(octaves)[1])
        return cls(min(round(octaves * 2.0**shift), (1 << _MULTIPLIER_BITS) - 1), shift)

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (io.input(0).shape,)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        (x,) = values
        assert x is not None
        wide = x.astype(np.int64)
        steps = ((wide.max(axis=-1, keepdims=True) - wide) * self.multiplier) >> self.shift
        line, along = (steps % _OCTAVE) >> 10, steps % 1024
        table = halvings().astype(np.int64)
        between = table[line] - (((table[line] - table[line + 1]) * along + 1023) >> 10)
        counts = between >> np.minimum(steps // _OCTAVE, 31)
        total = counts.sum(axis=-1, keepdims=True)
        shares = ((counts << 15) + (total >> 1)) // total
        return (np.minimum(shares, 32767).astype(np.int16),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        params: dict[str, int | Array] = {
            "rows": prod(io.output.shape[:-1]),
            "classes": io.output.shape[-1],
            "multiplier": self.multiplier,
            "shift": self.shift,
            "halvings": halvings(),
        }
        return (CCall("eo_shares_s16", params, why="powers of 2 by 64 lines"),)

    def in_place(self, io: Io) -> tuple[int, ...]:
        return (0,)

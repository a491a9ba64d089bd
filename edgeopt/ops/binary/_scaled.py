"""What the forms share that bring doubled counts of differing bits to numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgeopt.ir import Array, Io, OpType, requires
from edgeopt.ops.binary._affine import MAX_SHIFT, affine, fits_int32
from edgeopt.ops.binary._checks import is_constant
from edgeopt.ops.binary._internal import Counting
from edgeopt.quantmath import INT32_MAX


@dataclass(frozen=True)
class Scaled(Counting):
    """q = clamp((min(max(d, d_low), d_high) * multiplier[o] + bias[o]) >> shift), of the counts that the operator has.

    Inputs: x, weights, multiplier, bias int32 [O]. The bias holds the zero point and the half that rounds.
    """

    arity = (4, 4)

    d_low: int
    d_high: int
    shift: int
    clamp: tuple[int, int]  # of the output, inclusive

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, weights = values[:2]
        assert x is not None and weights is not None
        d = np.clip(self.doubled_counts(x, weights), self.d_low, self.d_high)
        q = affine(d, io.input(2).values, io.input(3).values, self.shift)
        return (np.clip(q, *self.clamp).astype(io.output.dtype),)


def scale_array(op: Scaled) -> Array:
    """The parameter `scale`: see eo_bits_scale.h."""
    return np.array([op.d_low, op.d_high, op.shift, *op.clamp], np.int32)


def kernel_of(kernel: str, io: Io) -> str:
    """Its form for the output's type."""
    return f"{kernel}_{'s16' if io.output.dtype == 'int16' else 's8'}"


def _lines_known(op: Any, io: Io) -> bool:
    weights = io.optional(1)
    channels = weights.shape[:1] if weights is not None else ()
    return all(is_constant(io.optional(index), "int32", channels) for index in (2, 3))


def _sums_fit(op: Any, io: Io) -> bool:
    if not _lines_known(op, io) or not 0 <= op.d_low <= op.d_high:
        return True
    low, high = np.clip([0, 2 * op.products], op.d_low, op.d_high)
    return fits_int32(io.input(2).values, io.input(3).values, int(low), int(high))


def _clamp_fits(op: Any, io: Io) -> bool:
    if io.output.dtype not in ("int8", "int16"):
        return False
    info = np.iinfo(io.output.dtype)
    return bool(info.min <= op.clamp[0] <= op.clamp[1] <= info.max)


def requires_scaled(cls: OpType) -> OpType:
    """Class decorator: constant lines, and sums that fit for every count of 0 to twice `op.products`."""
    cls = requires("its products and sums stay in 32 bits for every input", _sums_fit)(cls)
    cls = requires("its output is int8 or int16, and its clamp lies in that", _clamp_fits)(cls)
    cls = requires(f"its shift is 0..{MAX_SHIFT}", lambda op, io: 0 <= op.shift <= MAX_SHIFT)(cls)
    cls = requires("its counts are clamped to 0 or more", lambda op, io: 0 <= op.d_low <= op.d_high <= INT32_MAX)(cls)
    return requires("its multiplier and bias are constant int32, one a channel", _lines_known)(cls)

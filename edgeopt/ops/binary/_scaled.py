"""What the forms share that bring doubled counts to numbers: q = clamp((clamp(d) * multiplier + bias) >> shift).

Such an operator has the fields of `Scaled`, and as inputs 2 and 3 the multiplier and bias, int32 [O].
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from edgeopt.ir import Array, Io, OpType, requires
from edgeopt.ops.binary._affine import MAX_SHIFT, affine, fits_int32
from edgeopt.ops.binary._checks import is_constant
from edgeopt.quantmath import INT32_MAX


class Scaled(Protocol):
    """Bounds of d and of the output, both inclusive, and the shift between them."""

    @property
    def d_low(self) -> int: ...

    @property
    def d_high(self) -> int: ...

    @property
    def shift(self) -> int: ...

    @property
    def clamp(self) -> tuple[int, int]: ...


def scaled(op: Scaled, io: Io, d: Array) -> Array:
    """The output of doubled counts int64 [..., O]."""
    q = affine(np.clip(d, op.d_low, op.d_high), io.input(2).values, io.input(3).values, op.shift)
    return np.clip(q, *op.clamp).astype(io.output.dtype)


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

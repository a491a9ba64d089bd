"""What the limits of several binary operators ask of a tensor, and how their references pool bits."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from edgeopt.bits import unpack_bits, words_of
from edgeopt.ir import Array, Io, Shape, Tensor


def holds_bits(tensor: Tensor, channels: int) -> bool:
    """Whether the tensor's last axis is the words of so many channels."""
    return channels > 0 and tensor.dtype == "int32" and tensor.shape[-1:] == (words_of(channels),)


def is_constant(tensor: Tensor | None, dtype: str, *shapes: Shape) -> bool:
    """Whether the tensor is a constant of this type and one of these shapes."""
    return tensor is not None and tensor.is_constant and tensor.dtype == dtype and tensor.shape in shapes


def mask_fits(io: Io, index: int, channels: int) -> bool:
    """Whether input `index` is left out, or a constant with a bit a channel."""
    mask = io.optional(index)
    return mask is None or is_constant(mask, "int32", (words_of(channels),))


def mask_words(io: Io, index: int, channels: int) -> Array:
    """Input `index`, uint32 [words(channels)]; zeros where it is left out."""
    mask = io.optional(index)
    return np.zeros(words_of(channels), np.uint32) if mask is None else mask.values.view(np.uint32)


def mask_bits(io: Io, index: int, channels: int) -> Array:
    """Input `index`, uint8 0 or 1 [channels]; zeros where it is left out."""
    return unpack_bits(mask_words(io, index, channels).view(np.int32), channels)


def pool_bits(bits: Array, pool: tuple[int, int], any_bits: Array) -> Array:
    """0 or 1 [N, H // pool[0], W // pool[1], C] of such [N, H, W, C]: the AND of each window of `pool`, or the OR for
    channels with a 1 in `any_bits` [C]; rows and columns that fill no window are dropped."""
    batch, height, width, channels = bits.shape
    rows, cols = height // pool[0], width // pool[1]
    windows = bits[:, : rows * pool[0], : cols * pool[1]].reshape(batch, rows, pool[0], cols, pool[1], channels)
    pooled: Array = np.where(any_bits != 0, windows.max(axis=(2, 4)), windows.min(axis=(2, 4)))
    return pooled


def pooled_output(shape: Shape, pool: tuple[int, int]) -> Shape:
    """NHWC of what `pool` leaves of `shape`."""
    return (shape[0], shape[1] // pool[0], shape[2] // pool[1], shape[3])


def pool_fits(op: Any, io: Io, largest: int) -> bool:
    """Whether the windows of `op.pool` hold 1 to `largest` elements and lie within what `op.window` makes."""
    x = io.input(0).shape
    if min(op.pool) < 1 or prod(op.pool) > largest:
        return False
    return len(x) != 4 or all(n >= m for n, m in zip(op.window.output_size((x[1], x[2])), op.pool, strict=True))

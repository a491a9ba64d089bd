"""Weights of one bit as kernels read them: one stream of words, in the order in which they are used. See eo_bits.h."""

import numpy as np

from edgeopt.bits import WORD_BITS
from edgeopt.ir import Array


def triples_of(words: int) -> dict[str, int]:
    """The parameters `triples` and `singles` of so many words."""
    return {"triples": words // 3, "singles": words % 3}


def transformed(words: Array) -> Array:
    """uint32 [..., n] with each whole triple (a, b, c) as (a ^ b ^ c, a ^ b, a ^ c): a full adder then takes less."""
    end = words.shape[-1] // 3 * 3
    out = words.astype(np.uint32)
    a, b, c = (out[..., first:end:3].copy() for first in range(3))
    out[..., 0:end:3] = a ^ b ^ c
    out[..., 1:end:3] = a ^ b
    out[..., 2:end:3] = a ^ c
    return out


def first_counts(thresholds: Array) -> tuple[Array, Array]:
    """(count, odd) of thresholds on d, both int64: the least d above one is 2 count - odd, the least 2 n is 2 count."""
    first = thresholds.astype(np.int64) + 1
    return (first + 1) // 2, first % 2


def fire_stream(rows: Array, first_counts: Array) -> Array:
    """uint32 stream of eo_bits_fire: rows [channels, words] int32, the count from which each channel's bit is 1.

    By blocks of 32 channels, the last of a block first, as the bits go into their word from below.
    """
    channels = rows.shape[0]
    order = [i for start in range(0, channels, WORD_BITS) for i in reversed(range(channels)[start : start + WORD_BITS])]
    stream = np.concatenate([transformed(rows), first_counts.astype(np.uint32)[:, None]], axis=1)
    return np.ascontiguousarray(stream[order])


def scale_stream(rows: Array, multiplier: Array, bias: Array) -> Array:
    """uint32 stream for numbers out: rows [channels, words] int32, a multiplier and a bias int32 behind each."""
    lines = np.stack([multiplier, bias], axis=1).astype(np.int32).astype(np.uint32)
    return np.concatenate([transformed(rows), lines], axis=1)

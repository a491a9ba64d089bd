"""Weights of one bit for four channels at once, as the kernels eo_*_x4 of cores with Helium read them: eo_bits_x4.h."""

from collections.abc import Iterator

import numpy as np

from edgeopt.bits import WORD_BITS
from edgeopt.ir import Array, Target
from edgeopt.ops.binary._stream import transformed

LANES = 4
CORES = ("cortex-m55",)  # those with Helium
MAX_PRODUCTS = 16_383  # twice as many, and one, are a number of 15 bits
NEVER = 2 * MAX_PRODUCTS + 1
_PIECES = (18, 9)  # words that are counted together, as often as there are so many; 9 once


def suits(products: int, target: Target) -> bool:
    """Whether the kernels are for this core, and hold sums of so many products."""
    return target.core in CORES and products <= MAX_PRODUCTS


def why_not(products: int, target: Target) -> str:
    """Why a core with Helium does not use it for sums of so many products; empty where there is nothing to say."""
    too_many = target.core in CORES and products > MAX_PRODUCTS
    return f"one channel at a time: more than {MAX_PRODUCTS:,} products" if too_many else ""


def x4_fire_stream(rows: Array, thresholds: Array) -> Array:
    """uint32 stream of eo_binary_conv2d_x4: rows [channels, words] int32; a bit is 1 where d > thresholds [channels].

    By blocks of 32 channels: their least d as `d << 16` minus 1, [vectors, 4], then the weights of eo_bits_x4_sum.
    """
    blocks = []
    for lanes, vectors in _blocks(rows, spread=True):
        first = np.where(lanes < 0, NEVER, thresholds.astype(np.int64)[lanes] + 1)
        blocks += [((first << 16) - 1).reshape(-1), vectors]
    stream: Array = np.concatenate(blocks).astype(np.uint32)
    return stream


def _blocks(rows: Array, spread: bool) -> Iterator[tuple[Array, Array]]:
    """Of each 32 channels, those of the lanes [vectors, 4], -1 for none, and the stream of their weights."""
    words = transformed(rows)
    for start in range(0, rows.shape[0], WORD_BITS):
        count = min(WORD_BITS, rows.shape[0] - start)
        vectors = -(-count // LANES)
        order = np.arange(vectors * LANES)
        lanes = order.reshape(LANES, vectors).T if spread else order.reshape(vectors, LANES)
        lanes = np.where(lanes < count, start + lanes, -1)
        weights = np.where((lanes < 0)[..., None], np.uint32(0), words[lanes])  # [vectors, 4, words]
        yield lanes, np.concatenate([piece.swapaxes(1, 2).reshape(-1) for piece in _pieces(weights)])


def _pieces(weights: Array) -> Iterator[Array]:
    """The weights [..., words] cut as eo_bits_x4.h says."""
    words, start = weights.shape[-1], 0
    eighteen, nine = _PIECES
    while start < words:
        left = words - start
        count = eighteen if left >= eighteen else nine if left >= nine else left
        yield weights[..., start : start + count]
        start += count

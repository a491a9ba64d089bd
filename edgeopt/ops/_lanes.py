"""Weights and inputs as 16-bit lanes, for sums of products that come out 256 times as large.

Four neighbours w0..w3 of a row are one word, the lanes 256 w0 + w1 (low) and 256 w2 + w3 (high): four bytes for four
weights, and SXTB16 gives w1 and w3. The inputs x0..x3, with 129 added to the even ones and 1 to the odd ones, are two:

    even = (x0, x2)                   1 .. 256
    odd  = (256 x1 - x0, 256 x3 - x2)   -32,768 .. 32,767

    SMLAD(word, even) + SMLAD(SXTB16(word), odd) = 256 (w0 x0 + w1 x1 + w2 x2 + w3 x3)

What was added goes into the bias. All sums are modulo 2^32; the last one must fit.
"""

from __future__ import annotations

import numpy as np

from edgeopt.ir import Array

FACTOR = 256
EVEN_OFFSET, ODD_OFFSET = 129, 1  # of the inputs


def fits_lanes(rows: Array) -> bool:
    """Whether int8 rows [channels, inputs] can be lanes: -128 with a negative partner cannot, nor is it in the
    specification of quantized weights."""
    return bool(_lanes(rows).min(initial=0) >= -(2**15))


def lane_words(rows: Array) -> Array:
    """int8 rows [channels, inputs] that fit as uint32 [channels, ceil(inputs / 4)]; zeros fill the last word."""
    lanes = _lanes(rows).reshape(rows.shape[0], -1, 2)
    words: Array = (lanes[..., 0] & 0xFFFF).astype(np.uint32) | (lanes[..., 1] & 0xFFFF).astype(np.uint32) << 16
    return words


def lane_bias(rows: Array, bias: Array, zero_point: int) -> Array:
    """256 times what is added to the sum over offset inputs to give the accumulator, int32 modulo 2^32.

    `rows` [channels, inputs], `bias` [channels], int64.
    """
    even, odd = rows[:, ::2].sum(axis=1), rows[:, 1::2].sum(axis=1)
    total = bias - (EVEN_OFFSET + zero_point) * even - (ODD_OFFSET + zero_point) * odd
    folded: Array = (FACTOR * total).astype(np.int32)
    return folded


def _lanes(rows: Array) -> Array:
    """[channels, an even number]"""
    wide = np.pad(rows.astype(np.int32), ((0, 0), (0, -rows.shape[1] % 4)))
    lanes: Array = 256 * wide[:, ::2] + wide[:, 1::2]
    return lanes

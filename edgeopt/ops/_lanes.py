"""Weights and inputs as 16-bit lanes, for sums of products that come out 256 times as large.

Four neighbours w0..w3 of a row are one word, the lanes 256 w0 + w1 (low) and 256 w2 + w3 (high): four bytes for four
weights, and SXTB16 gives w1 and w3. The inputs q0..q3, raw int8, are two, an instruction each:

    even = (q0 + 128, q2 + 128)               0 .. 255         SXTAB16 of the word to 128
    odd  = (256 q1 + 255, 256 q3 + 255) - even   -32,768 .. 32,767   the word with the bits 0x007f007f turned over

    SMLAD(word, even) + SMLAD(SXTB16(word), odd) = 256 (w0 (q0 + 128) + w1 q1 + ...) + 255 (w1 + ...)

What is too much goes into the bias. All sums are modulo 2^32; the last one must fit.
"""

from __future__ import annotations

import numpy as np

from edgeopt.ir import Array

FACTOR = 256
_EVEN, _ODD = 128 * FACTOR, 255  # what a weight comes with besides FACTOR times its input


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
    """What is added to the sums of products to give 256 times the accumulators, int32 modulo 2^32.

    `rows` [channels, inputs], `bias` [channels], int64.
    """
    even, odd = rows[:, ::2].sum(axis=1), rows[:, 1::2].sum(axis=1)
    total = FACTOR * (bias - zero_point * (even + odd)) - _EVEN * even - _ODD * odd
    folded: Array = total.astype(np.int32)
    return folded


def _lanes(rows: Array) -> Array:
    """[channels, an even number]"""
    wide = np.pad(rows.astype(np.int32), ((0, 0), (0, -rows.shape[1] % 4)))
    lanes: Array = 256 * wide[:, ::2] + wide[:, 1::2]
    return lanes

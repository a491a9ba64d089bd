"""Weights, bias and constants of a layer in the order in which kernels/eo_lanes.h and eo_dense_lanes_s8.h read them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, Io
from edgeopt.ops._lanes import FACTOR, fits_lanes, lane_bias, lane_words
from edgeopt.ops._one_rounding import OneRounding, accumulator_range, one_rounding
from edgeopt.ops._requant import Requant

_SHIFT = 12  # EO_LANES_SHIFT


@dataclass(frozen=True)
class LaneStream:
    """`words` is uint32 [blocks of channels, ...]; a plain stream has the shift that the kernel is made for."""

    words: Array
    plain: bool


def lane_stream(io: Io, clamp: tuple[int, int], rows: Array, bias: Array, block: int = 2) -> LaneStream | str:
    """The stream of a layer with int8 `rows` [channels, inputs] and int64 `bias` [channels], or why there is none.

    Where the channels, `block` of them at least, are no multiple of `block`, the last block starts sooner and some are
    computed twice.
    """
    if not fits_lanes(rows):
        return "a weight of -128 beside a negative one"
    wide, zero_point = rows.astype(np.int64), io.input(0).q.zero_point
    low, high = accumulator_range(wide, bias, -128 - zero_point, 127 - zero_point)
    requant, out_zero_point = Requant.of(io), io.output.q.zero_point
    fixed = one_rounding(requant, out_zero_point, clamp, low, high, FACTOR, most_shift=_SHIFT)
    plain = fixed is not None and fixed.tie is None and bool((fixed.shift == _SHIFT).all())
    found = fixed
    if found is None:
        found = one_rounding(requant, out_zero_point, clamp, low, high, FACTOR, shared_shift=False)
    if found is None:
        return "no constants that requantize with one rounding"
    starts = lane_bias(wide, bias, zero_point)
    parts = [
        _by_blocks(starts[:, None], block, together=True),
        _by_blocks(lane_words(rows), block, together=True),
        _by_blocks(_constants(found, plain), block, together=False),
    ]
    return LaneStream(np.concatenate(parts, axis=1), plain)


def _constants(found: OneRounding, plain: bool) -> Array:
    """[channels, 2 or 4]"""
    tie = np.zeros_like(found.addend) if found.tie is None else found.tie
    of_channel = (found.multiplier, found.addend) if plain else (found.multiplier, found.addend, tie, found.shift)
    return np.stack(of_channel, axis=1)


def _by_blocks(values: Array, block: int, together: bool) -> Array:
    """[channels, n] as uint32 [blocks, block * n]: value by value of all if `together`, else channel by channel."""
    channels = values.shape[0]
    firsts = [min(channel, channels - block) for channel in range(0, channels, block)]
    blocks = np.stack([values[first : first + block] for first in firsts]).astype(np.int64).astype(np.uint32)
    ordered: Array = (blocks.transpose(0, 2, 1) if together else blocks).reshape(len(firsts), -1)
    return ordered

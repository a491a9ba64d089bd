"""Weights, bias and constants of a layer in the order in which kernels/eo_lanes.h reads them."""

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
    """`words` is uint32 [pairs of channels, ...]; a plain stream has the shift that the kernel is made for."""

    words: Array
    plain: bool


def lane_stream(io: Io, clamp: tuple[int, int], rows: Array, bias: Array) -> LaneStream | str:
    """The stream of a layer with int8 `rows` [channels, inputs] and int64 `bias` [channels], or why there is none.

    An odd last channel comes in a pair with the one before, which is computed twice.
    """
    if not fits_lanes(rows):
        return "a weight of -128 beside a negative one"
    wide, zero_point = rows.astype(np.int64), io.input(0).q.zero_point
    low, high = accumulator_range(wide, bias, -128 - zero_point, 127 - zero_point)
    requant, out_zero_point = Requant.of(io), io.output.q.zero_point
    fixed = one_rounding(requant, out_zero_point, clamp, low, high, FACTOR, most_shift=_SHIFT)
    plain = fixed is not None and fixed.tie is None and bool((fixed.shift == _SHIFT).all())
    found = fixed if plain else one_rounding(requant, out_zero_point, clamp, low, high, FACTOR, shared_shift=False)
    if found is None:
        return "no constants that requantize with one rounding"
    starts = lane_bias(wide, bias, zero_point)
    parts = [
        _by_pairs(starts[:, None], together=True),
        _by_pairs(lane_words(rows), together=True),
        _by_pairs(_constants(found, plain), together=False),
    ]
    return LaneStream(np.concatenate(parts, axis=1), plain)


def _constants(found: OneRounding, plain: bool) -> Array:
    """[channels, 2 or 4]"""
    tie = np.zeros_like(found.addend) if found.tie is None else found.tie
    of_channel = (found.multiplier, found.addend) if plain else (found.multiplier, found.addend, tie, found.shift)
    return np.stack(of_channel, axis=1)


def _by_pairs(values: Array, together: bool) -> Array:
    """[channels, n] as uint32 [pairs, 2 n]: the values of both channels in turn if `together`, or one after the other."""
    channels = values.shape[0]
    firsts = [min(channel, channels - 2) for channel in range(0, channels, 2)]
    pairs = np.stack([values[first : first + 2] for first in firsts]).astype(np.int64).astype(np.uint32)
    ordered: Array = (pairs.transpose(0, 2, 1) if together else pairs).reshape(len(firsts), -1)
    return ordered

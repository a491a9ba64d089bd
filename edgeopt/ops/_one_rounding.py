"""Requantization in two instructions: constants that are proven, offline, to give TFLM's double rounding.

A kernel whose accumulators come multiplied by `factor` computes

    out = clamp(saturate_int8((((factor * acc * multiplier) >> 32) + addend - (acc < 0 ? tie : 0)) >> shift))

SMMLA and SSAT on Armv7E-M, where SSAT shifts too if one `shift` serves the whole layer. Both sides are step functions
of the accumulator that rise at 255 places at most. So they are equal for every accumulator that the layer can have if
they are equal on both sides of each step, and each of these points bounds the multiplier from below or from above: what
is left is an interval of multipliers, or nothing. `tie` is needed only where negative results are told apart, as halves
go away from zero.

Source of the double rounding: gemmlowp's fixed-point functions, as quantmath.py has them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from edgeopt.ir import Array
from edgeopt.ops._requant import Requant
from edgeopt.quantmath import requantize

_MOST_SHIFT = 22  # keeps 128 << shift and all that is compared with it well within 31 bits
_NUDGES = (0, 1, -1, 2, -2, 3, -3)  # of the addend, tried in turn
_ALL = 2**62  # beyond every bound


@dataclass(frozen=True)
class OneRounding:
    """What a kernel needs; arrays are int32 [channels]. `tie` is None where no channel needs it."""

    factor: int
    shift: Array  # 1.._MOST_SHIFT, all the same if shared
    multiplier: Array  # 0..2^31-1
    addend: Array
    tie: Array | None

    def apply(self, acc: Array, clamp: tuple[int, int]) -> Array:
        """int8 of the accumulators [..., channels] as the kernel computes them, for tests and proofs; int64 in."""
        high = (self.factor * acc * self.multiplier.astype(np.int64)) >> 32
        tie = 0 if self.tie is None else np.where(acc < 0, self.tie, 0)
        out = (high + self.addend.astype(np.int64) - tie) >> self.shift
        return np.clip(np.clip(out, -128, 127), *clamp).astype(np.int8)


def one_rounding(
    requant: Requant,
    zero_point: int,
    clamp: tuple[int, int],
    low: Array,
    high: Array,
    factor: int,
    shared_shift: bool = True,
    most_shift: int = _MOST_SHIFT,
) -> OneRounding | None:
    """Constants for a layer whose accumulators lie in [low, high] (int64 [channels], bias included), or None.

    What the constants give equals Requant.apply for every accumulator in the range. None
    where a channel has no such constants, or where factor * acc leaves int32. No shift is above `most_shift`.
    """
    layer = _Layer.of(requant, zero_point, clamp, low, high, factor, shared_shift, most_shift)
    if layer is None:
        return None
    return layer.solve(with_ties=False) or layer.solve(with_ties=True)


def accumulator_range(rows: Array, bias: Array, least: int, most: int) -> tuple[Array, Array]:
    """The least and the largest accumulator of each channel for inputs minus zero point in least..most, 0 included.

    `rows` [channels, inputs] and `bias` [channels] int64. Padding adds nothing, and is in the range.
    """
    least, most = min(least, 0), max(most, 0)
    up, down = np.maximum(rows, 0).sum(axis=1), np.minimum(rows, 0).sum(axis=1)
    return bias + up * least + down * most, bias + up * most + down * least


@dataclass(frozen=True)
class _Layer:
    """The problem: where the double rounding steps, in accumulators, channel by channel; a dead channel never does."""

    multiplier: Array  # int64 [channels, 1], as all below; 0 of a channel that is dead: one output for all it can have
    right: Array  # shift to the right; what a dead channel has does not matter
    level: Array  # what a dead channel gives
    low: Array
    high: Array
    zero_point: int
    clamp: tuple[int, int]
    factor: int
    shift: Array

    @classmethod
    def of(
        cls,
        requant: Requant,
        zero_point: int,
        clamp: tuple[int, int],
        low: Array,
        high: Array,
        factor: int,
        shared_shift: bool,
        most_shift: int,
    ) -> _Layer | None:
        arrays = (np.array(requant.multipliers, np.int64), np.array(requant.shifts, np.int64), low, high)
        multiplier, shifts, low, high = (np.reshape(a, (-1, 1)).astype(np.int64) for a in np.broadcast_arrays(*arrays))
        # what TFLM shifts to the left wraps in 32 bits, and so is no step function
        if (np.maximum(np.abs(low), np.abs(high)) << np.maximum(shifts, 0) >= 2**31).any():
            return None
        level, last = (np.clip(requantize(acc, multiplier, shifts) + zero_point, *clamp) for acc in (low, high))
        multiplier = np.where(level == last, 0, multiplier)
        right = np.where(multiplier > 0, -shifts, 1)
        largest = np.where(multiplier > 0, np.maximum(np.abs(low), np.abs(high)), 0)
        too_large = (factor * largest >= 2**31).any()
        if too_large or right.min() < 1 or right.max() > _MOST_SHIFT:
            return None
        # the largest with which the multiplier stays in 31 bits
        shift = np.minimum(most_shift, right + factor.bit_length() - 2)
        if shared_shift:
            shift = np.full_like(right, shift[multiplier > 0].min(initial=most_shift))
        if shift.min() < 1:
            return None
        return cls(multiplier, right, level, low, high, zero_point, clamp, factor, shift)

    @property
    def levels(self) -> Array:
        """[1, n]: the outputs that are told from the ones below."""
        return np.arange(max(self.clamp[0], -128) + 1, min(self.clamp[1], 127) + 1, dtype=np.int64)[None, :]

    def steps(self) -> Array:
        """[channels, levels]: the least accumulator whose output reaches the level."""
        wanted = self.levels - self.zero_point
        # the rounding shift gives at least `wanted` from here on: halves go away from zero
        scaled = wanted * (1 << self.right) - (1 << (self.right - 1)) + (wanted <= 0)
        # ... and the rounding multiplication gives that from here on
        steps: Array = -((1 - 2 * scaled) * 2**30 // np.maximum(self.multiplier, 1))
        never = np.where(self.levels <= self.level, -(2**31), 2**31)
        return np.where(self.multiplier > 0, steps, never)

    def solve(self, with_ties: bool) -> OneRounding | None:
        widest = int((self.high - self.low).argmax())
        if self.multiplier.size > 1 and self._part(np.array([widest])).solve(with_ties) is None:
            return None  # as of most layers that have none at all; quick
        steps = self.steps()
        first, tie = self._addend(), (1 << self.shift >> self.right) * (self.multiplier > 0)
        if with_ties and (self.shift < self.right).any():
            return None
        used = tie if with_ties else 0 * tie
        best, addend = np.full(self.multiplier.shape, -1, np.int64), first.copy()
        for nudge in _NUDGES:
            left = np.flatnonzero(best < 0)  # the first try serves nearly all channels
            if not left.size:
                break
            addend[left] = first[left] + nudge
            best[left] = self._part(left)._multiplier(steps[left], addend[left], used[left])
        if (best < 0).any():
            return None
        ties = tie[:, 0].astype(np.int32) if with_ties else None
        shift, multiplier, addend = (a[:, 0].astype(np.int32) for a in (self.shift, best, addend))
        return OneRounding(self.factor, shift, multiplier, addend, ties)

    def _part(self, channels: Array) -> _Layer:
        arrays: dict[str, Any] = {
            name: value[channels] for name, value in vars(self).items() if isinstance(value, np.ndarray)
        }
        return replace(self, **arrays)

    def _addend(self) -> Array:
        """Half of both roundings and the zero point, on the scale of the layer's shift."""
        inner: Array = np.where(self.shift > self.right, 1 << np.maximum(self.shift - self.right - 1, 0), 0)
        live = inner + self.zero_point * (1 << self.shift)
        halves: Array = (1 << (self.shift - 1)) + np.where(self.multiplier > 0, live, self.level * (1 << self.shift))
        return halves

    def _multiplier(self, steps: Array, addend: Array, tie: Array) -> Array:
        """[channels, 1]: the multiplier nearest to the exact one that steps where it must; -1 where there is none."""
        least, most = np.zeros_like(addend), np.full_like(addend, 2**31 - 1)
        reached = np.clip(steps, self.low, None)
        least, most = self._bound(least, most, reached, steps <= self.high, addend, tie, reaches=True)
        below = np.clip(steps - 1, None, self.high)
        least, most = self._bound(least, most, below, steps > self.low, addend, tie, reaches=False)
        exponent = 1 + self.shift - self.right
        divisor = self.factor << np.maximum(-exponent, 0)
        exact = ((self.multiplier << np.maximum(exponent, 0)) + divisor // 2) // divisor
        chosen = np.clip(exact, least, most)
        fits = (least <= most) & self._stays_in_32_bits(chosen, addend, tie)
        return np.where(fits, chosen, -1)

    def _bound(
        self, least: Array, most: Array, acc: Array, asked: Array, addend: Array, tie: Array, reaches: bool
    ) -> tuple[Array, Array]:
        """The bounds of the multiplier narrowed by: at `acc` the level is reached, or is not, where `asked`."""
        # reached: factor * acc * multiplier >= needed * 2^32; both factors are below 2^31 in size
        needed = (self.levels << self.shift) - addend + np.where(acc < 0, tie, 0)
        slope = self.factor * acc
        bound = needed * 2**32
        up, size = slope > 0, np.maximum(np.abs(slope), 1)
        falling = -bound // size  # the most of the multiplier, for a falling slope
        at_least = -falling  # for a rising one
        if reaches:
            lows, highs = np.where(up, at_least, -_ALL), np.where(slope < 0, falling, _ALL)
            impossible = (slope == 0) & (needed > 0)
        else:
            lows, highs = np.where(slope < 0, falling + 1, -_ALL), np.where(up, at_least - 1, _ALL)
            impossible = (slope == 0) & (needed <= 0)
        lows, highs = np.where(asked, lows, -_ALL), np.where(asked, highs, _ALL)
        highs = np.where(asked & impossible, -_ALL, highs)
        return (
            np.maximum(least, lows.max(axis=1, keepdims=True, initial=-_ALL)),
            np.minimum(most, highs.min(axis=1, keepdims=True, initial=_ALL)),
        )

    def _stays_in_32_bits(self, multiplier: Array, addend: Array, tie: Array) -> Array:
        ends = [(self.factor * acc * np.maximum(multiplier, 0) >> 32) + addend for acc in (self.low, self.high)]
        fits: Array = (multiplier == 0) | (ends[0] - tie >= -(2**31)) & (ends[1] < 2**31) & (
            np.abs(addend) + tie < 2**31
        )
        return fits

"""The int8 grid of a real-valued input: the steps of the data themselves where they have some, else their range.

Pixels that were divided by 255 lie on steps of 1/255, so int8 with that scale holds each of them exactly, and what a
network's first layer sums up is what it sums up in float. Values between -1 and 1 of 256 levels lie on no such grid:
none of them is 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeopt.convert.quantizer import Grid, Range, grid_of
from edgeopt.convert.quantizer.grids import LIMITS
from edgeopt.ir import Array

_LOW, _HIGH = LIMITS["int8"]
_STEPS = _HIGH - _LOW
# Of float32 values that were computed by a division and perhaps a product: units of the largest value's last place
_NOISE_UNITS = 4
# Fewer levels do not show what lies between them, so their step is divided as often as int8 has room for
_ENOUGH_LEVELS = 32
_AT_ONCE = 2**16
_MOST_DIFFERENT = 8 * (_STEPS + 1)  # values, before those that noise keeps apart are merged


@dataclass(frozen=True)
class InputGrid:
    """`exact`: every value of the data lies on the grid."""

    grid: Grid
    exact: bool


def input_grid(values: Array) -> InputGrid:
    """The grid for an input of which `values`, finite and in any shape, are what it is fed with."""
    levels = _levels(values)
    step = None if levels is None else _common_step(levels)
    if levels is None or step is None:
        return InputGrid(grid_of(Range(float(values.min()), float(values.max())), "int8"), False)
    counts = np.rint(levels / step).astype(np.int64)
    low, high = min(int(counts[0]), 0), max(int(counts[-1]), 0)
    parts = 1 if len(levels) >= _ENOUGH_LEVELS else _STEPS // (high - low)
    return InputGrid(Grid("int8", float(np.float32(step / parts)), _zero_point(low * parts, high * parts)), True)


def _levels(values: Array) -> Array | None:
    """The different values in order, float64, with those merged that only noise keeps apart; None where too many."""
    flat, found = values.ravel(), np.zeros(0, values.dtype)
    for start in range(0, len(flat), _AT_ONCE):
        found = np.union1d(found, flat[start : start + _AT_ONCE])
        if len(found) > _MOST_DIFFERENT:
            return None
    levels: Array = found.astype(np.float64)
    levels = levels[np.diff(levels, prepend=-np.inf) > 2 * _noise(levels)]
    return levels if len(levels) <= _STEPS + 1 else None


def _noise(levels: Array) -> float:
    return _NOISE_UNITS * float(np.spacing(np.float32(np.abs(levels).max())))


def _common_step(levels: Array) -> float | None:
    """The largest step of which every level is a multiple, where int8 has room for all of them; else None."""
    noise, magnitudes = _noise(levels), np.abs(levels)
    smallest = float(np.ptp(np.append(levels, 0.0))) / (_STEPS + 1)
    step = 0.0
    for magnitude in magnitudes[magnitudes > noise]:
        step = _divisor(step, float(magnitude), smallest / 2)
        if step < smallest:
            return None
    step = _refined(step, levels)
    exact = np.abs(levels - step * np.rint(levels / step)) <= noise
    return step if exact.all() else None


def _divisor(first: float, second: float, noise: float) -> float:
    """Euclid's greatest common divisor of two lengths, of which remainders up to `noise` are none."""
    while first > noise:
        remainder = second % first
        first, second = min(remainder, first - remainder), first
    return second


def _refined(step: float, levels: Array) -> float:
    """The step without the noise of the few values that it came from: 1/n or n where that fits, else least squares."""
    counts = np.rint(levels / step)
    fitted = float(counts @ levels / (counts @ counts))
    plain = np.rint(fitted) if fitted >= 1 else 1 / np.rint(1 / fitted)
    furthest = np.abs(counts).max()
    return float(plain) if abs(plain - fitted) * furthest <= _noise(levels) else fitted


def _zero_point(low: int, high: int) -> int:
    """Where 0 lies so that counts from `low` to `high` fit: at the lower end for what is never negative, else 0."""
    wanted = _LOW if low == 0 else 0
    return int(np.clip(wanted, _LOW - low, _HIGH - high))

"""From a range of real values to the integers that stand for them: scale and zero point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array

LIMITS = {"int8": (-128, 127), "int16": (-32768, 32767)}
BITS = {"int4": 4, "int8": 8, "int16": 16}
# Below, products of two scales leave float32's normal numbers
_SMALLEST_SCALE = 2.0**-40


@dataclass(frozen=True)
class Range:
    """Real values from `low` to `high`."""

    low: float
    high: float

    def hull(self, other: Range) -> Range:
        return Range(min(self.low, other.low), max(self.high, other.high))


@dataclass(frozen=True)
class Grid:
    """real = scale * (q - zero_point); the scale is a float32."""

    dtype: str
    scale: float
    zero_point: int

    def quantize(self, real: Array) -> Array:
        """To the nearest integer, halves away from zero, clipped to the type."""
        low, high = LIMITS[self.dtype]
        x = np.asarray(real, np.float64) / self.scale
        rounded = np.trunc(x + np.copysign(0.5, x))
        clipped: Array = np.clip(rounded + self.zero_point, low, high)
        return clipped.astype(self.dtype)


def grid_of(range_: Range, dtype: str) -> Grid:
    """The grid of a type for a range, which is widened to hold 0: a ReLU, a padding must be exact.

    A tensor that is always 0 gets the range 0 .. 1: a tiny one would be out of proportion to what it is added to.
    int8 is asymmetric with 255 steps; int16 is symmetric, -32767 .. 32767, with the zero point 0 that its kernels need.
    """
    low, high = min(range_.low, 0.0), max(range_.high, 0.0)
    high = 1.0 if low == high else high
    if dtype == "int16":
        return Grid(dtype, _scale(max(-low, high) / 32767), 0)
    scale = _scale((high - low) / 255)
    return Grid(dtype, scale, int(np.clip(np.rint(-128 - low / scale), -128, 127)))


def _scale(value: float) -> float:
    return float(np.float32(max(value, _SMALLEST_SCALE)))

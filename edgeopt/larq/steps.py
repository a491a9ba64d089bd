"""The float work behind an integer sum, step by step as the Larq Compute Engine does it: each rounds once to float32.

A chain of steps begins with whole numbers u (a count of differing bits, a sum of products, a quantized value). As every
step is monotone, so is the chain, rounding included: where its sign changes is found by bisection, and the sign of the
float result is then a comparison of u, exact for every u.

The engine computes without denormal numbers: what is smaller than 2^-126 is 0, in operands and results.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Array, Shape
from edgeopt.ops._window import Window

_TINY = np.finfo(np.float32).tiny


@dataclass(frozen=True, eq=False)
class Step(ABC):
    """One operation on values [..., channels]; its numbers are scalars or one a channel."""

    tensor: str = field(default="", kw_only=True)  # of the file, whose value this is; "" inside of an operator

    @abstractmethod
    def apply(self, x: Array) -> Array:
        """The float32 results."""

    def direction(self) -> Array:
        """Of each channel: 1 where the result rises with x, -1 where it falls, 0 where it stays."""
        return np.ones(1, np.int64)

    def tiled(self, times: int) -> Self:
        """This step where `times` elements in a row have been made channels of their own."""
        return self


@dataclass(frozen=True, eq=False)
class Line(Step):
    """slope x + offset, in double and rounded once: the value of a sum whatever the order of its addends."""

    slope: Array  # float64
    offset: Array

    def apply(self, x: Array) -> Array:
        return normal((x.astype(np.float64) * self.slope + self.offset).astype(np.float32))

    def direction(self) -> Array:
        return np.sign(self.slope).astype(np.int64)

    def tiled(self, times: int) -> Self:
        return replace(self, slope=_tiled(self.slope, times), offset=_tiled(self.offset, times))


@dataclass(frozen=True, eq=False)
class Multiply(Step):
    factor: Array  # float32

    def apply(self, x: Array) -> Array:
        return normal(x.astype(np.float32) * normal(self.factor))

    def direction(self) -> Array:
        return np.sign(normal(self.factor)).astype(np.int64)

    def tiled(self, times: int) -> Self:
        return replace(self, factor=_tiled(self.factor, times))


@dataclass(frozen=True, eq=False)
class Add(Step):
    term: Array  # float32

    def apply(self, x: Array) -> Array:
        return normal(x.astype(np.float32) + normal(self.term))

    def tiled(self, times: int) -> Self:
        return replace(self, term=_tiled(self.term, times))


@dataclass(frozen=True, eq=False)
class Clamp(Step):
    low: float
    high: float

    def apply(self, x: Array) -> Array:
        return np.clip(x.astype(np.float32), np.float32(self.low), np.float32(self.high))


@dataclass(frozen=True, eq=False)
class Bend(Step):
    """x where it is not below 0, alpha x elsewhere."""

    alpha: Array  # float32

    def apply(self, x: Array) -> Array:
        x = x.astype(np.float32)
        return np.where(x >= 0, x, normal(x * normal(self.alpha)))

    @property
    def is_monotone(self) -> bool:
        return bool((self.alpha >= 0).all())

    def tiled(self, times: int) -> Self:
        return replace(self, alpha=_tiled(self.alpha, times))


@dataclass(frozen=True, eq=False)
class MaxPool(Step):
    """The largest value of each window; of one value it is that value."""

    window: Window

    def apply(self, x: Array) -> Array:
        return x


@dataclass(frozen=True, eq=False)
class View(Step):
    """The same values under another shape."""

    shape: Shape

    def apply(self, x: Array) -> Array:
        return x


def normal(x: Array) -> Array:
    """float32 without denormal numbers."""
    return np.where(np.abs(x) < _TINY, np.float32(0), x)


def _tiled(values: Array, times: int) -> Array:
    return values if values.size == 1 else np.tile(values, times)


def evaluate(steps: Sequence[Step], u: Array) -> Array:
    """The values for whole numbers u [..., channels]."""
    for step in steps:
        u = step.apply(u)
    return u


def direction(steps: Sequence[Step], channels: int) -> Array:
    """int64 [channels]: 1 where the last value does not fall with u, -1 where it does not rise, 0 for constants."""
    found = np.ones(channels, np.int64)
    for step in steps:
        found = found * step.direction()
    return found


@dataclass(frozen=True, eq=False)
class Switch:
    """Where the value is negative, for each channel: u < at where `below`, u >= at elsewhere."""

    at: Array  # int64 [channels], low .. high + 1
    below: Array  # bool [channels]


def switch(steps: Sequence[Step], channels: int, low: int, high: int) -> Switch:
    """Where the sign of the value changes, of whole numbers from `low` to `high`; zero and minus zero are positive.

    Raises UnsupportedModel where a value is none: infinities that cancel out.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        for end in (low, high):
            if np.isnan(evaluate(steps, np.full(channels, end, np.int64))).any():
                what = "multiplications and additions whose results are too large for float32"
                raise UnsupportedModel(what, "look for batch normalizations with a variance near 0")
        below = direction(steps, channels) >= 0
        first, last = np.full(channels, low, np.int64), np.full(channels, high + 1, np.int64)
        while (first < last).any():
            middle = (first + last) >> 1
            # past the switching point: a value that rises is no longer negative, one that falls is
            past = (evaluate(steps, middle) < 0) != below
            first, last = np.where(past | (first == last), first, middle + 1), np.where(past, middle, last)
    return Switch(first, below)

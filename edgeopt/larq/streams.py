"""Real values become int16: one line a channel does as many float steps as a line can, then the next line follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import floor, inf, log2

import numpy as np

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Array, Op, Quant, Tensor
from edgeopt.larq.builder import Builder
from edgeopt.larq.integers import Integers
from edgeopt.larq.sources import Scaling, Source, Sums
from edgeopt.larq.steps import Add, Bend, Clamp, Line, MaxPool, Multiply, Step, View, direction, switch
from edgeopt.larq.values import Pending
from edgeopt.ops.int16.max_pool_2d import MaxPool2DInt16
from edgeopt.ops.max_pool_2d import MaxPool2D
from edgeopt.ops.reshape import Reshape
from edgeopt.quantmath import dtype_range

LOW, HIGH = dtype_range("int16")
Scale = Callable[[str, float], float]  # of the tensor of that name, whose values lie within +- the bound


def settle(builder: Builder, value: Pending, scale: Scale, wanted: float | None = None) -> Tensor:
    """The int16 tensor (int8 where it already is that and nothing is to be done) of the values, on a scale if `wanted`.

    What `scale` says is for the values in between, and for these where no scale is wanted.
    """
    source, steps = value.source, value.steps
    while True:
        if isinstance(source, Integers):
            source, steps = _moved(builder, source, steps)
            if not steps and not source.worth:
                return source.tensor
            if source.tensor.dtype == "int8":
                source = Integers.of(builder.wide(source.tensor, source.layer), source.layer)
        folded = _Folded(source)
        chain = (*source.base, *steps)
        count = folded.take(chain)
        taken, steps = chain[:count], chain[count:]
        last = all(isinstance(step, (MaxPool, View)) for step in steps)
        source = _emit(builder, folded, taken, scale, wanted if last else None)


def straight(builder: Builder, value: Pending, wanted: Tensor) -> Tensor | None:
    """The tensor `wanted` of sums on its own scale, where one line a channel makes it; None elsewhere."""
    folded = _Folded(value.source)
    if not isinstance(value.source, Sums) or folded.take(value.chain) < len(value.chain):
        return None
    scale, zero_point, limits = wanted.q.scale, wanted.q.zero_point, dtype_range(wanted.dtype)
    low, high = (int(np.clip(np.rint(end / scale) + zero_point, *limits)) for end in folded.outer)
    slope, offset = folded.slope / scale, folded.offset / scale + zero_point
    scaling = Scaling(slope, offset, *folded.inner, (low, high), wanted.dtype, wanted.q)
    return value.source.to_integers(builder, wanted.name, scaling)


def raw(builder: Builder, value: Pending) -> Pending | None:
    """The same values with the source's own numbers as int16, pooled and reshaped: every element is a channel then.

    None where they do not fit, or where a pool would have to look for the smallest.
    """
    source, channels = value.source, value.source.channels
    directions = [direction(value.chain[:end], channels) for end in _pools(value.chain)]
    if any((found * directions[0] < 0).any() for found in directions[1:]):
        return None
    falling = directions[0] < 0 if directions else np.zeros(channels, bool)
    if isinstance(source, Sums):
        low, high = source.bounds
        if high - low > HIGH - LOW:
            return None
        numbers = _raw_sums(builder, source, falling)
    elif isinstance(source, Integers) and not falling.any():
        numbers = source
    else:
        return None
    shaping = tuple(step for step in value.steps if isinstance(step, (MaxPool, View)))
    moved, _ = _moved(builder, Integers.of(numbers.tensor, source.layer), shaping)
    times = moved.channels // channels
    steps = tuple(step.tiled(times) for step in value.steps if step not in shaping)
    return Pending(replace(moved, worth=tuple(step.tiled(times) for step in numbers.base)), steps)


def _pools(steps: Sequence[Step]) -> list[int]:
    return [index for index, step in enumerate(steps) if isinstance(step, MaxPool)]


def _raw_sums(builder: Builder, source: Sums, falling: Array) -> Integers:
    """The sums u less the middle of their range; where the value falls with u, turned round."""
    low, high = source.bounds
    middle = (low + high) // 2
    ones = np.ones(source.channels)
    scaling = Scaling(ones, -middle * ones, low, high, (LOW, HIGH), "int16", Quant((1.0,), (0,)))
    tensor = source.flipped(falling).to_integers(builder, f"{source.layer}/sums", scaling)
    worth = Line(np.where(falling, -1.0, 1.0), np.full(source.channels, float(middle)))
    return Integers(source.layer, tensor.shape, tensor, (worth,))


def _moved(builder: Builder, source: Integers, steps: tuple[Step, ...]) -> tuple[Integers, tuple[Step, ...]]:
    """The source behind the pools and views that `steps` begin with, and the steps behind those."""
    rises = all((step.direction() > 0).all() for step in source.base)
    while steps and (isinstance(steps[0], View) or (isinstance(steps[0], MaxPool) and rises)):
        step, *others = steps
        steps = tuple(others)
        x = source.tensor
        op: Op = Reshape(step.shape) if isinstance(step, View) else _max_pool(step, x.dtype)
        name = step.tensor or f"{source.layer}/{op.name}"
        layer = builder.writer(name, f"{source.layer}/{op.name}")
        tensor = builder.compute(layer, op, [x], name, x.dtype, x.quant)
        source = Integers(source.layer, tensor.shape, tensor, source.worth)
    return source, steps


def _max_pool(step: Step, dtype: str) -> Op:
    assert isinstance(step, MaxPool)
    form = MaxPool2D if dtype == "int8" else MaxPool2DInt16
    return form(step.window, dtype_range(dtype))


class _Folded:
    """Float steps as one line a channel, or two that meet at a pivot, between two clamps."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.slope, self.offset = np.ones(source.channels), np.zeros(source.channels)
        self.below: tuple[Array, Array] | None = None  # slope and offset where the value was negative
        self.pivot = np.zeros(source.channels, np.int64)  # the second line holds for u < pivot
        self.inner = source.bounds  # clamp of u
        self.outer = -inf, inf  # clamp of the value

    def take(self, steps: Sequence[Step]) -> int:
        """How many of the steps, from the first on, are in it."""
        for index, step in enumerate(steps):
            if not self._take(step, first=index == 0):
                return index
        return len(steps)

    def _take(self, step: Step, first: bool) -> bool:
        if isinstance(step, Clamp):
            if first and isinstance(self.source, Sums):
                low, high = self.inner
                self.inner = int(max(low, np.ceil(step.low))), int(min(high, np.floor(step.high)))
            else:
                least, most = (min(max(end, step.low), step.high) for end in self.outer)
                self.outer = least, most
            return True
        if self.outer != (-inf, inf):
            return False
        if isinstance(step, Line):
            return self._map(step.slope, step.offset)
        if isinstance(step, Multiply):
            return self._map(step.factor.astype(np.float64), np.zeros(1))
        if isinstance(step, Add):
            return self._map(np.ones(1), step.term.astype(np.float64))
        return isinstance(step, Bend) and self._bend(step.alpha.astype(np.float64))

    def _map(self, slope: Array, offset: Array) -> bool:
        self.slope, self.offset = self.slope * slope, self.offset * slope + offset
        if self.below is not None:
            self.below = self.below[0] * slope, self.below[1] * slope + offset
        return True

    def _bend(self, alpha: Array) -> bool:
        if self.below is not None or not isinstance(self.source, Integers):
            return False
        rises, falls = self.slope > 0, self.slope < 0
        zero = -self.offset / np.where(self.slope == 0, 1, self.slope)  # where the value is 0
        low, high = self.source.bounds
        edge = np.where(rises, np.ceil(zero), np.floor(zero) + 1)
        constant = np.where(self.offset < 0, high + 1, low)
        self.pivot = np.clip(np.where(rises | falls, edge, constant), low, high + 1).astype(np.int64)
        bent, straight = (self.slope * alpha, self.offset * alpha), (self.slope, self.offset)
        self.below = np.where(falls, straight[0], bent[0]), np.where(falls, straight[1], bent[1])
        self.slope, self.offset = np.where(falls, bent[0], straight[0]), np.where(falls, bent[1], straight[1])
        return True

    def bound(self) -> float:
        """Largest |value| for any u."""
        low, high = self.inner
        ends = [np.abs(self.slope * end + self.offset) for end in (low, high)]
        if self.below is not None:
            ends += [np.abs(self.below[0] * end + self.below[1]) for end in (low, high)]
        reach = max(abs(self.outer[0]), abs(self.outer[1])) if -inf < self.outer[0] else inf
        return float(min(np.max(ends), reach))

    def step_of_sums(self) -> float | None:
        """The finest scale on which the values are whole numbers of 16 bits that one number divides, a power of 2.

        Behind it are averages, and lines whose slopes are per step. None where there is no such scale.
        """
        scale = float(abs(self.slope[0]))
        if not isinstance(self.source, Sums) or scale == 0 or (np.abs(self.slope) != scale).any():
            return None
        whole = (self.offset / scale == np.rint(self.offset / scale)).all() and scale == np.float32(scale)
        bound = max(self.bound(), scale)
        return scale / 2 ** floor(log2(HIGH * scale / bound)) if whole and bound <= HIGH * scale else None


def _emit(builder: Builder, folded: _Folded, steps: Sequence[Step], scale: Scale, wanted: float | None) -> Integers:
    source = folded.source
    if not steps:  # nothing that a line can do
        if not isinstance(source, Sums) or source.bounds[1] - source.bounds[0] > HIGH - LOW:
            raise UnsupportedModel(f"layer `{source.layer}`: its sums are too large for 16 bits", "make it smaller")
        return _raw_sums(builder, source, np.zeros(source.channels, bool))
    name = next((step.tensor for step in reversed(steps) if step.tensor), source.layer)
    step = wanted or folded.step_of_sums() or scale(name, folded.bound())
    clamp = tuple(int(np.clip(np.rint(end / step), LOW, HIGH)) for end in folded.outer)
    quant = Quant((float(np.float32(step)),), (0,))

    unclamped = [step for step in steps if not isinstance(step, Clamp)]
    signs = None if folded.below else switch(unclamped, source.channels, *folded.inner)

    def scaling(slope: Array, offset: Array) -> Scaling:
        ends = clamp[0], clamp[1]
        return Scaling(slope / quant.scale, offset / quant.scale, *folded.inner, ends, "int16", quant, signs)

    above = scaling(folded.slope, folded.offset)
    if isinstance(source, Integers) and folded.below is not None:
        return Integers.of(source.bent(builder, name, above, scaling(*folded.below), folded.pivot), source.layer)
    return Integers.of(source.to_integers(builder, name, above), source.layer)

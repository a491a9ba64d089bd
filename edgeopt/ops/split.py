"""SPLIT into parts of one size, SPLIT_V into parts of given sizes, along one axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import prod
from typing import Any, ClassVar, Self

import numpy as np

from edgeopt.ir import Array, Io, Shape, Tensor
from edgeopt.ops import OPS
from edgeopt.ops._copy import Copy, Move, axis_of, constant_ints, requires_constants, whole
from edgeopt.ops._walk import strides_of


@dataclass(frozen=True)
class _Parts(Move):
    """One input cut along `axis` into `sizes`."""

    data: ClassVar[int]  # which input is cut

    axis: int  # not negative
    sizes: tuple[int, ...]

    def moved(self, io: Io) -> tuple[Tensor, ...]:
        return (io.input(self.data), *io.outputs)

    def infer(self, io: Io) -> tuple[Shape, ...]:
        shape = io.input(self.data).shape
        return tuple((*shape[: self.axis], size, *shape[self.axis + 1 :]) for size in self.sizes)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x = values[self.data]
        assert x is not None
        parts = np.split(x, list(accumulate(self.sizes[:-1])), self.axis)
        return tuple(np.ascontiguousarray(part) for part in parts)

    def copies(self, io: Io) -> tuple[Copy, ...]:
        shape = io.input(self.data).shape
        strides, row = strides_of(shape), prod(shape[self.axis + 1 :])
        starts = accumulate(self.sizes, initial=0)
        return tuple(
            whole(part, strides, in_first=start * row, source=self.data, target=index)
            for index, (start, part) in enumerate(zip(starts, self.infer(io), strict=False))
        )


@OPS.register("SPLIT")
@requires_constants("its axis is", 0)
@dataclass(frozen=True)
class Split(_Parts):
    name = "split"
    arity = (2, 2)
    data = 1

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        shape, count, given = io.input(1).shape, len(io.outputs), constant_ints(io, 0)
        axis = axis_of(given[0] if given else 0, len(shape))
        if int(options["num_splits"]) != count or shape[axis] % count:
            raise ValueError(f"{options['num_splits']} parts of the shape {list(shape)} along axis {axis}")
        return cls(axis, (shape[axis] // count,) * count)


@OPS.register("SPLIT_V")
@requires_constants("its sizes and its axis are", 1, 2)
@dataclass(frozen=True)
class SplitV(_Parts):
    name = "split_v"
    arity = (3, 3)
    data = 0

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        shape, sizes, given = io.input(0).shape, list(constant_ints(io, 1)), constant_ints(io, 2)
        axis = axis_of(given[0] if given else 0, len(shape))
        if not sizes:  # computed, which a limit names
            return cls(axis, (shape[axis],) * len(io.outputs))
        if sizes.count(-1) == 1:  # what the others leave
            sizes[sizes.index(-1)] = shape[axis] - sum(sizes) - 1
        if len(sizes) != len(io.outputs) or min(sizes) < 0 or sum(sizes) != shape[axis]:
            raise ValueError(f"parts of {sizes} elements of the shape {list(shape)} along axis {axis}")
        return cls(axis, tuple(sizes))

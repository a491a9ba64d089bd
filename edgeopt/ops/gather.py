"""GATHER: slices along an axis, by indices that are constant or computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Op, Shape, Target, Tensor, requires
from edgeopt.ops import OPS
from edgeopt.ops._copy import axis_of, requires_movable


def _indices_are_int32(op: Any, io: Io) -> bool:
    indices = io.optional(1)
    return indices is not None and indices.dtype == "int32"


def _has_slices(op: Gather, io: Io) -> bool:
    return io.input(0).shape[op.axis] > 0


def _constants_in_range(op: Gather, io: Io) -> bool:
    indices = io.optional(1)
    if indices is None or indices.data is None or not indices.elements:
        return True
    return bool(indices.data.min() >= 0 and indices.data.max() < io.input(0).shape[op.axis])


@OPS.register("GATHER")
@requires_movable
@requires("its indices are int32", _indices_are_int32)
@requires("there is a slice to take", _has_slices)
@requires("its indices, where constant, are of slices that there are", _constants_in_range)
@dataclass(frozen=True)
class Gather(Op):
    """A computed index that is out of range takes the first or the last slice: docs/numerics.md."""

    name = "gather"
    arity = (2, 2)

    axis: int  # not negative
    batch_dims: int  # dimensions at the front that input and indices share; at most `axis`

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        x, indices = io.input(0).shape, io.input(1).shape
        axis, batch_dims = axis_of(int(options["axis"]), len(x)), int(options["batch_dims"])
        batch_dims += len(indices) if batch_dims < 0 else 0
        if not 0 <= batch_dims <= min(axis, len(indices)) or x[:batch_dims] != indices[:batch_dims]:
            raise ValueError(f"{batch_dims} common dimensions of {list(x)} and {list(indices)}")
        return cls(axis, batch_dims)

    def moved(self, io: Io) -> tuple[Tensor, ...]:
        return (io.input(0), io.output)

    def infer(self, io: Io) -> tuple[Shape, ...]:
        x, indices = io.input(0).shape, io.input(1).shape
        return ((*x[: self.axis], *indices[self.batch_dims :], *x[self.axis + 1 :]),)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, indices = values[0], values[1]
        assert x is not None and indices is not None
        batches = prod(x.shape[: self.batch_dims])
        rows = x.reshape(batches, *x.shape[self.batch_dims :])
        taken = [
            np.take(row, some, self.axis - self.batch_dims, mode="clip")
            for row, some in zip(rows, indices.reshape(batches, -1), strict=True)
        ]
        return (np.array(taken, x.dtype).reshape(io.output.shape),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        x = io.input(0)
        params = {
            "batches": prod(x.shape[: self.batch_dims]),
            "outer": prod(x.shape[self.batch_dims : self.axis]),
            "extent": x.shape[self.axis],
            "count": prod(io.input(1).shape[self.batch_dims :]),
            "run": prod(x.shape[self.axis + 1 :]) * np.dtype(x.dtype).itemsize,
        }
        return (CCall("eo_gather", params, inputs=(0, 1)),)

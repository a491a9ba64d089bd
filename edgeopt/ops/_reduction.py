"""What the reductions share: axes, shapes, and the walk over what is kept and what is reduced."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, Self

from edgeopt.ir import Array, Io, Op, Shape, requires
from edgeopt.ops._walk import MAX_RANK, Dim, collapse, strides_of, walk_params


@requires("its axes are constant int32", lambda op, io: io.input(1).is_constant and io.input(1).dtype == "int32")
@requires(f"its input has 1 to {MAX_RANK} dimensions", lambda op, io: 1 <= len(io.input(0).shape) <= MAX_RANK)
@requires("it reduces at least one element", lambda op, io: op.reduced(io) >= 1)
@dataclass(frozen=True)
class Reduction(Op):
    arity = (2, 2)

    axes: tuple[int, ...]  # not negative, ascending
    keep_dims: bool

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        rank, axes = len(io.input(0).shape), io.input(1).data
        given = [] if axes is None else [int(axis) for axis in axes.reshape(-1)]
        if any(not -rank <= axis < rank for axis in given):
            raise ValueError(f"axes {given} of a tensor of {rank} dimensions")
        return cls(tuple(sorted({axis % rank for axis in given})), bool(options.get("keep_dims", False)))

    def infer(self, io: Io) -> tuple[Shape, ...]:
        shape = enumerate(io.input(0).shape)
        if self.keep_dims:
            return (tuple(1 if axis in self.axes else extent for axis, extent in shape),)
        return (tuple(extent for axis, extent in shape if axis not in self.axes),)

    def reduced(self, io: Io) -> int:
        """Elements that each output stands for."""
        return prod(io.input(0).shape[axis] for axis in self.axes)

    def walks(self, io: Io) -> dict[str, int | Array | None]:
        """The kernels' walks: over the kept dimensions, and for each output over the reduced ones, run by run."""
        *outer, run = self._dims(io, kept=False) or [Dim(1, (1,))]
        return {
            **walk_params(self._dims(io, kept=True), ("kept_jumps",), "kept_"),
            **walk_params(outer, ("reduced_jumps",), "reduced_"),
            "count": run.extent,
            "step": run.strides[0],
        }

    def _dims(self, io: Io, kept: bool) -> list[Dim]:
        shape = io.input(0).shape
        axes = [axis for axis in range(len(shape)) if (axis in self.axes) != kept]
        strides = strides_of(shape)
        return list(collapse(tuple(shape[axis] for axis in axes), [strides[axis] for axis in axes]))

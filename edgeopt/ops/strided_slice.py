"""STRIDED_SLICE: Python's slicing x[a:b:c, i, ..., None] with constant bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, Io, Shape, requires
from edgeopt.ops import OPS
from edgeopt.ops._copy import Copy, Move, constant_ints, requires_constants, whole
from edgeopt.ops._walk import strides_of


@OPS.register("STRIDED_SLICE")
@requires_constants("its begin, end and strides are", 1, 2, 3)
@requires("its end is no offset from its begin", lambda op, io: not op.offset)
@dataclass(frozen=True)
class StridedSlice(Move):
    name = "strided_slice"
    arity = (4, 4)

    ranges: tuple[range, ...]  # the indices taken of each dimension of the input
    shape: Shape  # of the output: dimensions of an index alone are left out, new ones put in
    plain: bool = True  # an index or a range for every dimension: neither `...` nor a new dimension
    offset: bool = False

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        if not all(constant_ints(io, index) for index in (1, 2, 3)):  # computed, which a limit names
            return cls(tuple(map(range, io.input(0).shape)), io.input(0).shape)
        masks = {name: int(options[f"{name}_mask"]) for name in _MASKS}
        ranges, shape = _Reader(io, masks).read()
        plain = not masks["ellipsis"] and not masks["new_axis"] and len(constant_ints(io, 1)) == len(ranges)
        return cls(ranges, shape, plain, bool(options["offset"]))

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (self.shape,)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x = values[0]
        assert x is not None
        for axis, indices in enumerate(self.ranges):
            x = x if len(indices) == x.shape[axis] and indices.step == 1 else np.take(x, list(indices), axis)
        return (x.reshape(self.shape),)

    def copies(self, io: Io) -> tuple[Copy, ...]:
        strides = strides_of(io.input(0).shape)
        taken = tuple(zip(self.ranges, strides, strict=True))
        steps = [indices.step * stride for indices, stride in taken]
        first = sum(indices.start * stride for indices, stride in taken)
        return (whole(tuple(len(indices) for indices in self.ranges), steps, in_first=first),)


_MASKS = ("begin", "end", "ellipsis", "new_axis", "shrink_axis")


class _Reader:
    """Reads the entries of begin, end and strides from left to right, as TensorFlow does."""

    def __init__(self, io: Io, masks: Mapping[str, int]) -> None:
        self._shape, self._masks = io.input(0).shape, masks
        self._entries = list(zip(*(constant_ints(io, index) for index in (1, 2, 3)), strict=True))
        self._ranges: list[range] = []
        self._result: list[int] = []

    def read(self) -> tuple[tuple[range, ...], Shape]:
        """The ranges of the input's dimensions, and the output's shape."""
        if sum(self._has("ellipsis", index) for index in range(len(self._entries))) > 1:
            raise ValueError("more than one ellipsis")
        for index, entry in enumerate(self._entries):
            if self._has("ellipsis", index):
                later = sum(not self._has("new_axis", i) for i in range(index + 1, len(self._entries)))
                self._take_whole(len(self._shape) - later)
            elif self._has("new_axis", index):
                self._result.append(1)
            else:
                self._take(index, *entry)
        self._take_whole(len(self._shape))
        return tuple(self._ranges), tuple(self._result)

    def _has(self, mask: str, index: int) -> bool:
        return bool(self._masks[mask] >> index & 1)

    def _take_whole(self, until: int) -> None:
        for extent in self._shape[len(self._ranges) : until]:
            self._ranges.append(range(extent))
            self._result.append(extent)

    def _take(self, index: int, begin: int, end: int, step: int) -> None:
        extent = self._shape[len(self._ranges)]
        start = None if self._has("begin", index) else begin
        if self._has("shrink_axis", index):
            at = range(extent)[start or 0]  # IndexError where there is none
            if step < 1:
                raise ValueError(f"the step {step} with an index alone")
            self._ranges.append(range(at, at + 1))
            return
        stop = None if self._has("end", index) else end
        self._ranges.append(range(*slice(start, stop, step).indices(extent)))
        self._result.append(len(self._ranges[-1]))

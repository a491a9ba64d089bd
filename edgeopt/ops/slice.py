"""SLICE: a box cut out, from `begin` on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, Io, Shape
from edgeopt.ops import OPS
from edgeopt.ops._copy import Copy, Move, constant_ints, requires_constants, whole
from edgeopt.ops._walk import strides_of


@OPS.register("SLICE")
@requires_constants("its begin and size are", 1, 2)
@dataclass(frozen=True)
class Slice(Move):
    name = "slice"
    arity = (3, 3)

    begin: tuple[int, ...]
    size: Shape

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        shape = io.input(0).shape
        begin = constant_ints(io, 1) or (0,) * len(shape)
        given = constant_ints(io, 2) or shape
        rest = zip(begin, given, shape, strict=True)
        size = tuple(extent - start if count == -1 else count for start, count, extent in rest)
        boxes = zip(begin, size, shape, strict=True)
        if any(start < 0 or count < 0 or start + count > extent for start, count, extent in boxes):
            raise ValueError(f"{list(size)} elements from {list(begin)} on, of the shape {list(shape)}")
        return cls(begin, size)

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (self.size,)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x = values[0]
        assert x is not None
        box = tuple(slice(start, start + count) for start, count in zip(self.begin, self.size, strict=True))
        return (np.array(x[box], order="C"),)

    def copies(self, io: Io) -> tuple[Copy, ...]:
        strides = strides_of(io.input(0).shape)
        first = sum(start * stride for start, stride in zip(self.begin, strides, strict=True))
        return (whole(self.size, strides, in_first=first),)

"""TILE repeats an array along its dimensions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, Io, Shape
from edgeopt.ops import OPS
from edgeopt.ops._copy import Copy, Move, constant_ints, requires_constants
from edgeopt.ops._walk import strides_of


@OPS.register("TILE")
@requires_constants("its multiples are", 1)
@dataclass(frozen=True)
class Tile(Move):
    name = "tile"
    arity = (2, 2)

    multiples: tuple[int, ...]  # of each dimension

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        shape = io.input(0).shape
        multiples = constant_ints(io, 1) or (1,) * len(shape)
        if len(multiples) != len(shape) or min(multiples, default=0) < 0:
            raise ValueError(f"multiples {list(multiples)} of the shape {list(shape)}")
        return cls(multiples)

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (tuple(extent * times for extent, times in zip(io.input(0).shape, self.multiples, strict=True)),)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x = values[0]
        assert x is not None
        return (np.tile(x, self.multiples),)

    def copies(self, io: Io) -> tuple[Copy, ...]:
        # one dimension that repeats before each of the input's
        shape, strides = io.input(0).shape, strides_of(io.input(0).shape)
        extents = [extent for pair in zip(self.multiples, shape, strict=True) for extent in pair]
        steps = tuple(step for stride in strides for step in (0, stride))
        return (Copy(tuple(extents), steps, strides_of(tuple(extents))),)

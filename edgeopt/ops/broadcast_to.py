"""BROADCAST_TO repeats an array along dimensions in which it has extent 1, or that it lacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, Io, Shape
from edgeopt.ops import OPS
from edgeopt.ops._copy import Copy, Move, constant_ints, requires_constants, whole
from edgeopt.ops._walk import broadcast_strides


@OPS.register("BROADCAST_TO")
@requires_constants("its shape is", 1)
@dataclass(frozen=True)
class BroadcastTo(Move):
    name = "broadcast_to"
    arity = (2, 2)

    shape: Shape

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        x, shape = io.input(0).shape, constant_ints(io, 1) or io.output.shape
        pairs = zip(x[::-1], shape[::-1], strict=False)
        if len(x) > len(shape) or any(extent not in (1, wanted) for extent, wanted in pairs):
            raise ValueError(f"{list(x)} repeats itself to no {list(shape)}")
        return cls(shape)

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (self.shape,)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x = values[0]
        assert x is not None
        return (np.array(np.broadcast_to(x, self.shape), order="C"),)

    def copies(self, io: Io) -> tuple[Copy, ...]:
        return (whole(self.shape, broadcast_strides(io.input(0).shape, self.shape)),)

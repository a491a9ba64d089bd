"""TRANSPOSE: the dimensions in another order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, Io, Shape
from edgeopt.ops import OPS
from edgeopt.ops._copy import Copy, Move, axis_of, constant_ints, requires_constants, transposed


@OPS.register("TRANSPOSE")
@requires_constants("its permutation is", 1)
@dataclass(frozen=True)
class Transpose(Move):
    name = "transpose"
    arity = (2, 2)

    order: tuple[int, ...]  # dimension k of the output is the input's order[k]

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        rank, given = len(io.input(0).shape), constant_ints(io, 1)
        order = tuple(axis_of(axis, rank) for axis in given) if given else tuple(range(rank))
        if sorted(order) != list(range(rank)):
            raise ValueError(f"{list(given)} is no permutation of {rank} dimensions")
        return cls(order)

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (tuple(io.input(0).shape[axis] for axis in self.order),)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x = values[0]
        assert x is not None
        return (np.array(x.transpose(self.order), order="C"),)

    def copies(self, io: Io) -> tuple[Copy, ...]:
        return (transposed(io.input(0).shape, self.order),)

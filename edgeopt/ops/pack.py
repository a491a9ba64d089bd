"""PACK stacks tensors of one shape along a new axis; UNPACK takes them apart again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np

from edgeopt.ir import MANY_INPUTS, Array, Io, Shape, Tensor
from edgeopt.ops import OPS
from edgeopt.ops._copy import Copy, Move, axis_of, whole
from edgeopt.ops._walk import strides_of


@OPS.register("PACK")
@dataclass(frozen=True)
class Pack(Move):
    name = "pack"
    arity = (1, MANY_INPUTS)

    axis: int  # of the output, not negative

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        if int(options["values_count"]) != len(io.inputs):
            raise ValueError(f"{options['values_count']} tensors packed of {len(io.inputs)}")
        return cls(axis_of(int(options["axis"]), len(io.input(0).shape) + 1))

    def moved(self, io: Io) -> tuple[Tensor, ...]:
        return (*(io.input(index) for index in range(len(io.inputs))), io.output)

    def infer(self, io: Io) -> tuple[Shape, ...]:
        shape, *others = [io.input(index).shape for index in range(len(io.inputs))]
        if any(other != shape for other in others):
            raise ValueError(f"shapes {[list(shape), *map(list, others)]}")
        return ((*shape[: self.axis], len(io.inputs), *shape[self.axis :]),)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        return (np.stack([value for value in values if value is not None], self.axis),)

    def copies(self, io: Io) -> tuple[Copy, ...]:
        shape, strides = io.input(0).shape, strides_of(io.output.shape)
        steps = (*strides[: self.axis], *strides[self.axis + 1 :])
        row = strides[self.axis]
        return tuple(
            Copy(shape, strides_of(shape), steps, out_first=index * row, source=index)
            for index in range(len(io.inputs))
        )


@OPS.register("UNPACK")
@dataclass(frozen=True)
class Unpack(Move):
    name = "unpack"

    axis: int  # of the input, not negative

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        shape = io.input(0).shape
        axis = axis_of(int(options["axis"]), len(shape))
        if not int(options["num"]) == len(io.outputs) == shape[axis]:
            raise ValueError(f"{options['num']} tensors of the shape {list(shape)} along axis {axis}")
        return cls(axis)

    def infer(self, io: Io) -> tuple[Shape, ...]:
        shape = io.input(0).shape
        return ((*shape[: self.axis], *shape[self.axis + 1 :]),) * len(io.outputs)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x = values[0]
        assert x is not None
        return tuple(np.array(part, order="C") for part in np.moveaxis(x, self.axis, 0))

    def copies(self, io: Io) -> tuple[Copy, ...]:
        shape = io.input(0).shape
        strides = strides_of(shape)
        steps, row = (*strides[: self.axis], *strides[self.axis + 1 :]), prod(shape[self.axis + 1 :])
        return tuple(
            whole(output.shape, steps, in_first=index * row, target=index) for index, output in enumerate(io.outputs)
        )

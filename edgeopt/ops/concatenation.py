"""CONCATENATION along any axis, of any type: one strided copy an input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Self

import numpy as np

from edgeopt.ir import MANY_INPUTS, Array, Io, Shape, Tensor, requires
from edgeopt.ops import OPS
from edgeopt.ops._copy import Copy, Move, axis_of
from edgeopt.ops._walk import strides_of


@OPS.register("CONCATENATION")
@requires("it has no fused activation", lambda op, io: op.activation == "NONE")
@dataclass(frozen=True)
class Concatenation(Move):
    name = "concatenation"
    arity = (1, MANY_INPUTS)

    axis: int  # not negative
    activation: str = "NONE"

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        axis = axis_of(int(options["axis"]), len(io.output.shape))
        return cls(axis, options.get("fused_activation_function", "NONE"))

    def moved(self, io: Io) -> tuple[Tensor, ...]:
        return (*(io.input(index) for index in range(len(io.inputs))), io.output)

    def infer(self, io: Io) -> tuple[Shape, ...]:
        shapes = [io.input(index).shape for index in range(len(io.inputs))]
        others = {(*shape[: self.axis], *shape[self.axis + 1 :]) for shape in shapes}
        if len(others) > 1 or len({len(shape) for shape in shapes}) > 1:
            raise ValueError(f"shapes {[list(shape) for shape in shapes]} along axis {self.axis}")
        before, after = shapes[0][: self.axis], shapes[0][self.axis + 1 :]
        return ((*before, sum(shape[self.axis] for shape in shapes), *after),)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        return (np.concatenate([value for value in values if value is not None], self.axis),)

    def copies(self, io: Io) -> tuple[Copy, ...]:
        shapes = [io.input(index).shape for index in range(len(io.inputs))]
        steps = strides_of(io.output.shape)
        starts = accumulate((shape[self.axis] for shape in shapes), initial=0)
        return tuple(
            Copy(shape, strides_of(shape), steps, out_first=start * steps[self.axis], source=index)
            for index, (start, shape) in enumerate(zip(starts, shapes, strict=False))
        )

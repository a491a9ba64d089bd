"""ARG_MAX and ARG_MIN along one axis: where the largest or smallest value is, the first of equal ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Op, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import quantized


def _axis_known(op: Any, io: Io) -> bool:
    axis = io.input(1)
    return axis.data is not None and axis.dtype == "int32" and axis.elements == 1


@OPS.register("ARG_MAX")
@requires("its input is int8, quantized per tensor", lambda op, io: quantized(io.input(0), "int8"))
@requires("its output is int32", lambda op, io: io.output.dtype == "int32")
@requires("its axis is one constant int32", _axis_known)
@requires("its input has an element along the axis", lambda op, io: prod(io.input(0).shape[op.axis : op.axis + 1]) >= 1)
@dataclass(frozen=True)
class ArgMax(Op):
    name = "arg_max"
    arity = (2, 2)
    minimum: ClassVar[bool] = False

    axis: int  # not negative

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        rank, data = len(io.input(0).shape), io.input(1).data
        axis = int(data.reshape(-1)[0]) if data is not None and data.size else 0
        if not -rank <= axis < rank:
            raise ValueError(f"axis {axis} of a tensor of {rank} dimensions")
        return cls(axis % rank)

    def infer(self, io: Io) -> tuple[Shape, ...]:
        shape = io.input(0).shape
        return ((*shape[: self.axis], *shape[self.axis + 1 :]),)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x = values[0]
        assert x is not None
        where = x.argmin(axis=self.axis) if self.minimum else x.argmax(axis=self.axis)
        return (np.asarray(where, np.int32),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        shape = io.input(0).shape
        params = {
            "outer": prod(shape[: self.axis]),
            "count": shape[self.axis],
            "inner": prod(shape[self.axis + 1 :]),
            "flip": -1 if self.minimum else 0,
        }
        return (CCall("eo_arg_max_s8", params),)


@OPS.register("ARG_MIN")
@dataclass(frozen=True)
class ArgMin(ArgMax):
    name = "arg_min"
    minimum = True

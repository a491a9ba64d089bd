"""EXPAND_DIMS: one more dimension, of extent 1."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from edgeopt.ir import Io, requires
from edgeopt.ops import OPS
from edgeopt.ops._view import View


@OPS.register("EXPAND_DIMS")
@requires("its axis is constant", lambda op, io: io.input(1).is_constant)
@dataclass(frozen=True)
class ExpandDims(View):
    name = "expand_dims"
    arity = (2, 2)

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        shape, axis_input = io.input(0).shape, io.input(1)
        if axis_input.data is None:
            return cls(io.output.shape)
        rank, axis = len(shape) + 1, int(axis_input.data.reshape(-1)[0])
        if not -rank <= axis < rank:
            raise ValueError(f"axis {axis} of a tensor of {rank} dimensions")
        at = axis % rank
        return cls((*shape[:at], 1, *shape[at:]))

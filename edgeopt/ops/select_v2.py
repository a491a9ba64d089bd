"""SELECT_V2 and SELECT: an element of the second or the third input, as the first says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Op, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import quantized, same_quant
from edgeopt.ops._walk import Dim, broadcast_strides, collapse, walk_params

_MAX_RANK = 5  # of TFLM's broadcasting


def _types_known(op: Any, io: Io) -> bool:
    values = io.input(1), io.input(2), io.output
    return io.input(0).dtype == "bool" and all(quantized(tensor, "int8") for tensor in values)


def _alike(op: Any, io: Io) -> bool:
    # raw values are handed on
    return not _types_known(op, io) or all(same_quant(io.input(index), io.output) for index in (1, 2))


def _broadcasts(op: Any, io: Io) -> bool:
    shapes = [io.input(index).shape for index in range(3)]
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    return all(len({*extents} - {1}) <= 1 for extents in zip(*padded, strict=True))


def _one_shape(op: Any, io: Io) -> bool:
    return io.input(0).shape == io.input(1).shape == io.input(2).shape


@OPS.register("SELECT_V2")
@requires("its condition is bool, and what it selects from int8, quantized per tensor", _types_known)
@requires("what it selects from and its output have the same scale and zero point", _alike)
@requires("its inputs have shapes that broadcast together", _broadcasts)
@requires(f"its inputs have at most {_MAX_RANK} dimensions", lambda op, io: len(io.output.shape) <= _MAX_RANK)
@dataclass(frozen=True)
class SelectV2(Op):
    name = "select_v2"
    arity = (3, 3)

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return cls()

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (np.broadcast_shapes(*(io.input(index).shape for index in range(3))),)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        condition, x1, x2 = values
        assert condition is not None and x1 is not None and x2 is not None
        return (np.where(condition, x1, x2),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        strides = [broadcast_strides(io.input(index).shape, io.output.shape) for index in range(3)]
        *outer, row = collapse(io.output.shape, *strides) or [Dim(1, (1, 1, 1))]
        params = {
            "count": row.extent,
            "step": row.strides[0],
            "step1": row.strides[1],
            "step2": row.strides[2],
            **walk_params(outer, ("jumps", "jumps1", "jumps2")),
        }
        return (CCall("eo_select_s8", params, inputs=(0, 1, 2)),)

    def in_place(self, io: Io) -> tuple[int, ...]:
        return tuple(index for index in range(3) if io.input(index).shape == io.output.shape)


@OPS.register("SELECT")
@requires("its inputs have one shape", _one_shape)
@dataclass(frozen=True)
class Select(SelectV2):
    """The older form. Where its condition is a vector, it means rows; there it is refused."""

    name = "select"

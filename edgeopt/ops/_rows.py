"""Operators that stand in no file, for computing row by row: the sums of all pixels, and rows that are moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Self

import numpy as np

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Array, CCall, Io, Op, Shape, Strip, Target


class RowsOp(Op):
    """An operator of edgeopt's own."""

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        raise UnsupportedModel(f"{cls.name} is an operator of edgeopt's own, which no file has", "convert it again")


@dataclass(frozen=True)
class RowSums(RowsOp):
    """The sum of all pixels of each channel, int32 [1, 1, 1, C] of int8 [1, H, W, C]; as a strip it adds to the sums.

    Its rows are those of its input: it can take them one after another.
    """

    name = "row_sums"

    adds: bool = False  # to what is in the output

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return ((1, 1, 1, io.input(0).shape[3]),)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x = values[0]
        assert x is not None
        return (x.sum(axis=(0, 1, 2), dtype=np.int32).reshape(io.output.shape),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        x = io.input(0).shape
        params = {"pixels": prod(x[:3]), "channels": x[3], "adds": int(self.adds)}
        return (CCall("eo_row_sums_s8", params, why="sums instead of the map"),)

    def strip(self, io: Io, first: int, end: int) -> Strip | None:
        return Strip(replace(self, adds=first > 0), ((first, end),))


@dataclass(frozen=True)
class MoveRows(RowsOp):
    """Bytes to an earlier place, which may overlap."""

    name = "move_rows"

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (io.input(0).shape,)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        assert values[0] is not None
        return (values[0],)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        return (CCall("eo_move_rows", {"bytes": io.output.size_bytes}, why="rows move in their window"),)

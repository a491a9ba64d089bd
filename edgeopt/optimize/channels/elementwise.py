"""Operators that map each element by itself: of one input by the table of all its answers, of two by their corners."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from edgeopt.ir import Array, Io, Op
from edgeopt.ops.add import Add
from edgeopt.ops.maximum import Maximum
from edgeopt.ops.mul import Mul
from edgeopt.optimize.channels import RULES, CarryRule, Span


@RULES.register("table")
class TableRule(CarryRule):
    """Any operator that has a table."""

    ops = (Op,)

    @classmethod
    def applies(cls, op: Any, io: Io) -> bool:
        return io.input(0).shape == io.output.shape and op.table(io) is not None

    @classmethod
    def sources(cls, op: Any, io: Io) -> list[Array | None]:
        return [np.arange(io.output.shape[-1]), *[None] * (len(io.inputs) - 1)]

    @classmethod
    def span(cls, op: Any, io: Io, spans: Sequence[Span | None]) -> Span:
        table = op.table(io)
        assert spans[0] is not None and table is not None
        ranges, channel = np.unique(np.stack([spans[0].low, spans[0].high], axis=1), axis=0, return_inverse=True)
        answers = [table[low + 128 : high + 129] for low, high in ranges]
        low, high = (np.array([end(a) for a in answers], np.int64)[channel.reshape(-1)] for end in (np.min, np.max))
        return Span(low, high)


@RULES.register("binary")
class BinaryRule(CarryRule):
    """ADD, SUB, MUL, MAXIMUM and MINIMUM: monotonic in either operand, so the extremes are at their ends."""

    ops = (Add, Mul, Maximum)

    @classmethod
    def span(cls, op: Any, io: Io, spans: Sequence[Span | None]) -> Span:
        ends = [_ends(io, spans, index) for index in (0, 1)]
        corners = [op.reference(io, corner)[0].astype(np.int64) for corner in product(*ends)]
        channels = io.output.shape[-1]
        low, high = (np.broadcast_to(end(corners, axis=0), channels) for end in (np.min, np.max))
        return Span(low, high)


def _ends(io: Io, spans: Sequence[Span | None], index: int) -> tuple[Array, Array]:
    """The least and the largest of an operand, int8 [channels]."""
    operand, span = io.input(index), spans[index]
    if operand.data is not None:
        rows = operand.data.reshape(-1, operand.shape[-1] if operand.shape else 1)
        return rows.min(axis=0), rows.max(axis=0)
    assert span is not None
    return span.low.astype(np.int8), span.high.astype(np.int8)

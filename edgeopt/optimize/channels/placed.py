"""Operators that hand values on, channel by channel: views, pads, concatenations, pools and means."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from edgeopt.ir import Array, Io
from edgeopt.ops._pool import Pool
from edgeopt.ops._view import View
from edgeopt.ops.concatenation import Concatenation
from edgeopt.ops.mean import Total
from edgeopt.ops.pad import Pad
from edgeopt.ops.reshape import Reshape
from edgeopt.optimize.channels import RULES, CarryRule, Cut, Span
from edgeopt.quantmath import INT32_MAX, INT32_MIN, requantize

_MOST_SOURCES = 1 << 22  # of an output's channels, in all inputs; a hostile file asks for any number


def _clipped(low: Array, high: Array, clamp: tuple[int, int]) -> Span:
    return Span(np.clip(low, *clamp), np.clip(high, *clamp))


@RULES.register("pool")
class PoolRule(CarryRule):
    """The mean or largest of values within bounds is within them, rounded too; padding does not count."""

    ops = (Pool,)

    @classmethod
    def span(cls, op: Any, io: Io, spans: Sequence[Span | None]) -> Span:
        assert spans[0] is not None
        return _clipped(spans[0].low, spans[0].high, op.clamp)


@RULES.register("total")
class TotalRule(CarryRule):
    """MEAN and SUM over other axes than the channels."""

    ops = (Total,)

    @classmethod
    def applies(cls, op: Any, io: Io) -> bool:
        return len(io.input(0).shape) - 1 not in op.axes

    @classmethod
    def span(cls, op: Any, io: Io, spans: Sequence[Span | None]) -> Span:
        assert spans[0] is not None
        multiplier, shift = op.multiplier(io)
        totals = [op.reduced(io) * (end - io.input(0).q.zero_point) for end in (spans[0].low, spans[0].high)]
        left = max(shift, 0)  # wraps in 32 bits
        fits = (totals[0] << left >= INT32_MIN) & (totals[1] << left <= INT32_MAX)
        low, high = (requantize(total, multiplier, shift) + io.output.q.zero_point for total in totals)
        return _clipped(np.where(fits, low, -128), np.where(fits, high, 127), (-128, 127))


@RULES.register("pad")
class PadRule(CarryRule):
    ops = (Pad,)

    @classmethod
    def applies(cls, op: Any, io: Io) -> bool:
        return not any(op.pads[-1])

    @classmethod
    def sources(cls, op: Any, io: Io) -> list[Array | None]:
        return [np.arange(io.output.shape[-1]), *[None] * (len(io.inputs) - 1)]

    @classmethod
    def span(cls, op: Any, io: Io, spans: Sequence[Span | None]) -> Span:
        assert spans[0] is not None
        return Span(np.minimum(spans[0].low, int(op.value)), np.maximum(spans[0].high, int(op.value)))


@RULES.register("concatenation")
class ConcatenationRule(CarryRule):
    ops = (Concatenation,)

    @classmethod
    def applies(cls, op: Any, io: Io) -> bool:
        return len(io.inputs) * io.output.shape[-1] <= _MOST_SOURCES

    @classmethod
    def sources(cls, op: Any, io: Io) -> list[Array | None]:
        channels = np.arange(io.output.shape[-1])
        if op.axis != len(io.output.shape) - 1:
            return [channels for _ in io.inputs]
        sizes = [io.input(index).shape[-1] for index in range(len(io.inputs))]
        starts = list(accumulate(sizes, initial=0))
        own = [(channels >= start) & (channels < start + size) for start, size in zip(starts, sizes, strict=False)]
        return [np.where(mine, channels - start, -1) for mine, start in zip(own, starts, strict=False)]

    @classmethod
    def span(cls, op: Any, io: Io, spans: Sequence[Span | None]) -> Span:
        known = [span if span is not None else Span.full(io.input(i).shape[-1]) for i, span in enumerate(spans)]
        lows, highs = [span.low for span in known], [span.high for span in known]
        if op.axis == len(io.output.shape) - 1:
            return Span(np.concatenate(lows), np.concatenate(highs))
        return Span(np.min(lows, axis=0), np.max(highs, axis=0))


@RULES.register("view")
class ViewRule(CarryRule):
    """Views that keep the channels or put the pixels of a row, or all of them, side by side."""

    ops = (View,)

    @classmethod
    def applies(cls, op: Any, io: Io) -> bool:
        return bool(io.output.shape) and io.output.shape[-1] % io.input(0).shape[-1] == 0

    @classmethod
    def sources(cls, op: Any, io: Io) -> list[Array | None]:
        return [np.arange(io.output.shape[-1]) % io.input(0).shape[-1], *[None] * (len(io.inputs) - 1)]

    @classmethod
    def span(cls, op: Any, io: Io, spans: Sequence[Span | None]) -> Span:
        assert spans[0] is not None
        repeats = io.output.shape[-1] // io.input(0).shape[-1]
        return Span(np.tile(spans[0].low, repeats), np.tile(spans[0].high, repeats))

    @classmethod
    def cut(cls, op: Any, io: Io, spans: Sequence[Span | None], kept: Sequence[Array | None], out: Array) -> Cut:
        return Cut(Reshape((*io.output.shape[:-1], int(out.sum()))), {})

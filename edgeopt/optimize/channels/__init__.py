"""What operators do to channels, the indices of a tensor's last axis; one file a family of operators.

    @RULES.register("pool")
    class PoolRule(CarryRule):
        ops = (AveragePool2D, MaxPool2D)

        @classmethod
        def span(cls, op, io, spans): ...

A rule answers for nodes of int8 with one output: which values the channels of the output can have, which channels of
the inputs some channels of the output need, and what the node is without the others. A node without a rule needs every
channel and can give any value. The pass `constant_channels` puts the answers together.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from edgeopt.ir import Array, Io, Op, Quant, Tensor
from edgeopt.registry import Registry


@dataclass(frozen=True)
class Span:
    """The least and the largest value that each channel of an int8 tensor can have; int64 [channels]."""

    low: Array
    high: Array

    @classmethod
    def full(cls, channels: int) -> Span:
        return cls(np.full(channels, -128, np.int64), np.full(channels, 127, np.int64))

    @property
    def is_constant(self) -> Array:
        """bool [channels]: the same value wherever, whatever the input."""
        same: Array = self.low == self.high
        return same


@dataclass(frozen=True)
class Cut:
    """A node with fewer channels: its operator, and by index the constant inputs that change."""

    op: Op
    constants: dict[int, Tensor]


class ChannelRule(ABC):
    """What the operators of some classes do to channels. Masks are bool [channels]; those of the inputs by index."""

    ops: ClassVar[tuple[type[Op], ...]]

    @classmethod
    def applies(cls, op: Any, io: Io) -> bool:
        """Whether the rule knows this node."""
        return True

    @classmethod
    @abstractmethod
    def span(cls, op: Any, io: Io, spans: Sequence[Span | None]) -> Span:
        """Of the output; `spans` of the inputs, None for those that are no int8 with channels."""

    @classmethod
    @abstractmethod
    def needed(cls, op: Any, io: Io, spans: Sequence[Span | None], kept: Array) -> list[Array | None]:
        """Of each input, what the output's channels `kept` depend on; None for all."""

    @classmethod
    @abstractmethod
    def follows(cls, op: Any, io: Io, kept: Sequence[Array | None]) -> Array:
        """The output's channels that cannot go while the inputs' channels `kept` stay; None for constants."""

    @classmethod
    @abstractmethod
    def cut(cls, op: Any, io: Io, spans: Sequence[Span | None], kept: Sequence[Array | None], out: Array) -> Cut:
        """The node with the channels `kept` of its inputs, None for constants, and `out` of its output."""


class CarryRule(ChannelRule):
    """Operators whose output channels are made of one channel of an input each, wherever they lie."""

    @classmethod
    def sources(cls, op: Any, io: Io) -> list[Array | None]:
        """Of each input, which of its channels an output channel is made of, -1: none; None: of the whole input."""
        same = np.arange(io.output.shape[-1])
        return [same if x is not None and x.shape[-1:] == io.output.shape[-1:] else None for x in io.inputs]

    @classmethod
    def needed(cls, op: Any, io: Io, spans: Sequence[Span | None], kept: Array) -> list[Array | None]:
        return [_asked(io, index, source, kept) for index, source in enumerate(cls.sources(op, io))]

    @classmethod
    def follows(cls, op: Any, io: Io, kept: Sequence[Array | None]) -> Array:
        following = np.zeros(io.output.shape[-1], bool)
        for source, mask in zip(cls.sources(op, io), kept, strict=True):
            if source is not None and mask is not None:
                following |= (source >= 0) & mask[source]
        return following

    @classmethod
    def cut(cls, op: Any, io: Io, spans: Sequence[Span | None], kept: Sequence[Array | None], out: Array) -> Cut:
        needed = cls.needed(op, io, spans, out)
        pairs = [(index, x, needed[index]) for index, x in enumerate(io.inputs) if x is not None and x.is_constant]
        return Cut(op, {index: cut_constant(x, mask, -1) for index, x, mask in pairs if mask is not None})


def _asked(io: Io, index: int, source: Array | None, kept: Array) -> Array | None:
    if source is None:
        return None
    mask = np.zeros(io.input(index).shape[-1], bool)
    mask[source[kept & (source >= 0)]] = True
    return mask


def cut_constant(tensor: Tensor, kept: Array, axis: int) -> Tensor:
    """A constant with the indices `kept` along `axis` only, its scales with them."""
    axis %= len(tensor.shape)
    data = np.ascontiguousarray(np.compress(kept, tensor.values, axis))
    quant = tensor.quant
    if quant is not None and quant.per_channel and quant.axis == axis:
        points = quant.zero_points if len(quant.zero_points) == 1 else _picked(quant.zero_points, kept)
        quant = Quant(_picked(quant.scales, kept), points, axis)
    return replace(tensor, shape=data.shape, data=data, quant=quant)


def _picked(values: Sequence[Any], kept: Array) -> tuple[Any, ...]:
    return tuple(value for value, stays in zip(values, kept, strict=True) if stays)


RULES: Registry[type[ChannelRule]] = Registry("channel rule", "edgeopt.optimize.channels")


def rule_for(op: Op, io: Io) -> type[ChannelRule] | None:
    """The rule for a node, if there is one."""
    data = [x for x in io.inputs if x is not None and not x.is_constant]
    if not data or len(io.outputs) != 1 or not all(_has_channels(x) for x in (*data, io.output)):
        return None
    for _, rule in RULES:
        if isinstance(op, rule.ops) and rule.applies(op, io):
            return rule
    return None


def _has_channels(tensor: Tensor) -> bool:
    return tensor.dtype == "int8" and bool(tensor.shape) and tensor.shape[-1] > 0

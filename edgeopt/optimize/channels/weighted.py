"""CONV_2D and FULLY_CONNECTED: each output channel is a sum over all input channels; a constant goes into the bias."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgeopt.ir import Array, Io, Tensor
from edgeopt.ops._requant import Requant, bias_values
from edgeopt.ops.conv2d import Conv2D
from edgeopt.ops.fully_connected import FullyConnected
from edgeopt.optimize.channels import RULES, ChannelRule, Cut, Span, cut_constant
from edgeopt.quantmath import INT32_MAX, INT32_MIN

_BIAS = 2  # of the inputs


def requantized(io: Io, low: Array, high: Array, clamp: tuple[int, int]) -> Span:
    """Of a layer whose accumulators lie in [low, high], int64 [channels]; as far as its rounding is monotonic."""
    requant, zero_point = Requant.of(io), io.output.q.zero_point
    ends = [requant.apply(acc, zero_point, clamp).astype(np.int64) for acc in (low, high)]
    left = np.maximum(requant.shifts, 0)  # wraps in 32 bits
    fits = (low << left >= INT32_MIN) & (high << left <= INT32_MAX)
    return Span(np.where(fits, ends[0], -128), np.where(fits, ends[1], 127))


def centered(span: Span, zero_point: int, is_padded: bool) -> tuple[Array, Array]:
    """(least, largest) of a channel less the zero point, padding included, which is 0."""
    low, high = span.low - zero_point, span.high - zero_point
    return (np.minimum(low, 0), np.maximum(high, 0)) if is_padded else (low, high)


@RULES.register("weighted")
class WeightedRule(ChannelRule):
    """Weights [out_channels, taps..., in_channels]; a dense layer's taps are pixels of an image that lie in a row."""

    ops = (Conv2D, FullyConnected)

    @classmethod
    def applies(cls, op: Any, io: Io) -> bool:
        channels, weights = io.input(0).shape[-1], io.input(1).shape
        return weights[-1] == channels or (isinstance(op, FullyConnected) and weights[-1] % channels == 0)

    @classmethod
    def span(cls, op: Any, io: Io, spans: Sequence[Span | None]) -> Span:
        least, most = centered(_data(spans), io.input(0).q.zero_point, _is_padded(op))
        rows, bias = _rows(io), bias_values(io.optional(_BIAS), io.input(1).shape[0])
        up, down = (part.sum(axis=1, dtype=np.int64) for part in (np.maximum(rows, 0), np.minimum(rows, 0)))
        return requantized(io, bias + up @ least + down @ most, bias + up @ most + down @ least, op.clamp)

    @classmethod
    def needed(cls, op: Any, io: Io, spans: Sequence[Span | None], kept: Array) -> list[Array | None]:
        matters = _rows(io)[kept].any(axis=(0, 1))
        return [matters & ~_foldable(op, io, _data(spans)), *[None] * (len(io.inputs) - 1)]

    @classmethod
    def follows(cls, op: Any, io: Io, kept: Sequence[Array | None]) -> Array:
        return np.zeros(io.output.shape[-1], bool)

    @classmethod
    def cut(cls, op: Any, io: Io, spans: Sequence[Span | None], kept: Sequence[Array | None], out: Array) -> Cut:
        weights, inputs, bias = io.input(1), kept[0], io.optional(_BIAS)
        assert inputs is not None
        taps = weights.shape[-1] // inputs.size
        constants = {1: cut_constant(cut_constant(weights, out, 0), np.tile(inputs, taps), -1)}
        folded = _contributions(io, _data(spans))[:, ~inputs].sum(axis=1)
        if bias is not None or folded.any():
            whole = bias if bias is not None else Tensor(f"{weights.name}:bias", folded.shape, "int32")
            values = bias_values(bias, out.size) + folded
            constants[_BIAS] = _with_values(cut_constant(_with_values(whole, values), out, 0), values[out])
        return Cut(op, constants)


def _with_values(bias: Tensor, values: Array) -> Tensor:
    return Tensor(bias.name, values.shape, bias.dtype, bias.quant, values.astype(bias.dtype))


def _data(spans: Sequence[Span | None]) -> Span:
    assert spans[0] is not None
    return spans[0]


def _is_padded(op: Any) -> bool:
    return isinstance(op, Conv2D) and op.window.is_padded


def _rows(io: Io) -> Array:
    """The weights as [out_channels, taps, in_channels]."""
    weights = io.input(1).values
    return weights.reshape(weights.shape[0], -1, io.input(0).shape[-1])


def _contributions(io: Io, span: Span) -> Array:
    """int64 [out_channels, in_channels]: what each channel, were it always at its least, adds to the sums."""
    contributions: Array = _rows(io).sum(axis=1, dtype=np.int64) * (span.low - io.input(0).q.zero_point)
    return contributions


def _foldable(op: Any, io: Io, span: Span) -> Array:
    """Input channels whose contribution is known: constant, and at a padded border as well, so the zero point there.

    None other than the zero point either where a bias might leave int32.
    """
    is_zero: Array = span.is_constant & (span.low == io.input(0).q.zero_point)
    if _is_padded(op):
        return is_zero
    contributions = np.abs(_contributions(io, span)[:, span.is_constant]).sum(axis=1)
    bias = np.abs(bias_values(io.optional(_BIAS), io.input(1).shape[0]))
    fits = (bias + contributions <= INT32_MAX).all()
    return span.is_constant if fits else is_zero

"""FULLY_CONNECTED, int8, with weights [out_channels, in_channels], quantized per tensor or per channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Op, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._requant import Requant, accumulator_bound, bias_values, folded_bias, pack_rows
from edgeopt.ops._weights import MAX_PRODUCTS, known_clamp, requires_weights

_BLOCK = 4  # output channels that eo_dense_s8 computes together


def _is_matrix(op: Any, io: Io) -> bool:
    weights = io.optional(1)
    return weights is not None and len(weights.shape) == 2


def _input_fits(op: FullyConnected, io: Io) -> bool:
    if not _is_matrix(op, io):
        return True
    inputs = io.input(1).shape[1]
    ends = not op.keep_num_dims or io.input(0).shape[-1:] == (inputs,)
    return 0 < inputs <= MAX_PRODUCTS and io.input(0).elements % inputs == 0 and ends


def _plain_weights(op: FullyConnected, io: Io) -> bool:
    return op.weights_format == "DEFAULT"


@OPS.register("FULLY_CONNECTED")
@requires_weights(channel_axis=0)
@requires("its weights have two dimensions", _is_matrix)
@requires(f"its input is rows of as many values as the weights have, {MAX_PRODUCTS:,} at most", _input_fits)
@requires("its weights are not shuffled", _plain_weights)
@dataclass(frozen=True)
class FullyConnected(Op):
    """y = clamp(requant(bias + W (x - zero point)) + zero point), for each row of the input."""

    name = "fully_connected"
    clamp: tuple[int, int]  # of the int8 output, inclusive
    keep_num_dims: bool = False
    weights_format: str = "DEFAULT"

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        keep_num_dims = bool(options.get("keep_num_dims", False))
        return cls(known_clamp(options, io), keep_num_dims, str(options.get("weights_format", "DEFAULT")))

    def infer(self, io: Io) -> tuple[Shape, ...]:
        channels, inputs = io.input(1).shape
        if self.keep_num_dims:
            return ((*io.input(0).shape[:-1], channels),)
        return ((io.input(0).elements // inputs, channels),)

    def macs(self, io: Io) -> int:
        return io.output.elements * io.input(1).shape[1]

    def with_clamp(self, low: int, high: int) -> Self:
        return replace(self, clamp=(max(self.clamp[0], low), min(self.clamp[1], high)))

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, weights = values[0], values[1]
        assert x is not None and weights is not None
        # float64 holds the sums exactly, and its matrix product is fast
        rows = x.reshape(-1, weights.shape[1]).astype(np.float64) - io.input(0).q.zero_point
        acc = (rows @ weights.T.astype(np.float64)).astype(np.int64) + self._bias(io)
        out = Requant.of(io).apply(acc, io.output.q.zero_point, self.clamp)
        return (out.reshape(io.output.shape),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        weights, bias, zero_point = io.input(1), self._bias(io), io.input(0).q.zero_point
        rows = weights.values.astype(np.int64)
        bound = accumulator_bound(rows, bias, zero_point)
        multiplier, shift = Requant.of(io).kernel_arrays(bound if weights.q.per_channel else bound.max(keepdims=True))
        channels, inputs = weights.shape
        params: dict[str, Array | int] = {
            "weights": pack_rows(weights.values, _BLOCK),
            "bias": folded_bias(rows, bias, zero_point),
            "multiplier": multiplier,
            "shift": shift,
            "channel_step": int(weights.q.per_channel),
            "batches": io.input(0).elements // inputs,
            "in_channels": inputs,
            "out_channels": channels,
            "out_zero_point": io.output.q.zero_point,
            "clamp_low": self.clamp[0],
            "clamp_high": self.clamp[1],
        }
        return (CCall("eo_dense_s8", params, why="four channels at a time"),)

    def _bias(self, io: Io) -> Array:
        return bias_values(io.optional(2), io.input(1).shape[0])

"""FULLY_CONNECTED, int8, with int8 or int4 weights [out_channels, in_channels], per tensor or per channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target
from edgeopt.ops import OPS
from edgeopt.ops._dense import Dense
from edgeopt.ops._requant import Requant, accumulator_bound, bias_values, folded_bias, kernel_for, pack_weights
from edgeopt.ops._weights import requires_weights

_BLOCK = 4  # output channels that eo_dense_s8 computes together


@OPS.register("FULLY_CONNECTED")
@requires_weights(channel_axis=0)
@dataclass(frozen=True)
class FullyConnected(Dense):
    """y = clamp(requant(bias + W (x - zero point)) + zero point), for each row of the input."""

    name = "fully_connected"

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, weights = values[0], values[1]
        assert x is not None and weights is not None
        # float64 holds the sums exactly, and its matrix product is fast
        rows = x.reshape(-1, weights.shape[1]).astype(np.float64) - io.input(0).q.zero_point
        acc = (rows @ weights.T.astype(np.float64)).astype(np.int64) + self.bias(io)
        out = Requant.of(io).apply(acc, io.output.q.zero_point, self.clamp)
        return (out.reshape(io.output.shape),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        weights, bias, zero_point = io.input(1), self.bias(io), io.input(0).q.zero_point
        rows = weights.values.astype(np.int64)
        bound = accumulator_bound(rows, bias, zero_point)
        multiplier, shift = Requant.of(io).kernel_arrays(bound if weights.q.per_channel else bound.max(keepdims=True))
        channels, inputs = weights.shape
        params: dict[str, Array | int] = {
            "weights": pack_weights(weights.values, _BLOCK, weights.dtype),
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
        return (CCall(kernel_for(weights, "eo_dense_s8"), params, why="four channels at a time"),)

    def bias(self, io: Io) -> Array:
        """int64 [channels]"""
        return bias_values(io.optional(2), io.input(1).shape[0])

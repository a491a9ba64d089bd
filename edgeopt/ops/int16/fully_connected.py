"""FULLY_CONNECTED of int16 data with int8 or int16 weights [out_channels, in_channels]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target
from edgeopt.ops import OPS
from edgeopt.ops._dense import Dense
from edgeopt.ops.int16._weighted import Sums, requires_int16_layer, sums_in_64_bits
from edgeopt.ops.int16._wide_weights import kernel_for, pack_lanes, part_words

_BLOCK = 4  # output channels that eo_dense_s16 computes together


@OPS.register("FULLY_CONNECTED int16")
@requires_int16_layer(channel_axis=0, bias=("int64", "int32"))
@dataclass(frozen=True)
class FullyConnectedInt16(Dense):
    """y = clamp(requant(bias + W x)), for each row of the input."""

    name = "fully_connected_s16"

    def sums(self, io: Io) -> Sums:
        return Sums.of(io, io.input(1).values, sums_in_64_bits(io))

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, weights = values[0], values[1]
        assert x is not None and weights is not None
        # float64 holds the sums exactly, and its matrix product is fast
        rows = x.reshape(-1, weights.shape[1]).astype(np.float64)
        products = (rows @ weights.T.astype(np.float64)).astype(np.int64)
        return (self.sums(io).apply(products, self.clamp).reshape(io.output.shape),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        weights = io.input(1).values
        channels, inputs = weights.shape
        params: dict[str, Array | int | None] = {
            "weights": pack_lanes(weights, _BLOCK),
            "part_words": part_words(weights),
            **self.sums(io).kernel_arrays(),
            "batches": io.input(0).elements // inputs,
            "in_channels": inputs,
            "out_channels": channels,
            "clamp_low": self.clamp[0],
            "clamp_high": self.clamp[1],
        }
        return (CCall(kernel_for(weights, "eo_dense_s16"), params, why="four channels at a time"),)

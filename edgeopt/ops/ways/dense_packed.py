"""FULLY_CONNECTED with packed weights, which are unpacked at each use: least flash."""

from __future__ import annotations

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target
from edgeopt.ops._packed import GROUP, pack_groups
from edgeopt.ops._requant import Requant, accumulator_bound
from edgeopt.ops.fully_connected import FullyConnected
from edgeopt.ops.ways import WAYS, Way, WayTo


@WAYS.register("dense_packed")
class DensePacked(WayTo):
    op = FullyConnected

    @classmethod
    def offer(cls, op: FullyConnected, io: Io, target: Target) -> Way | str:
        weights, bias, zero_point = io.input(1), op.bias(io), io.input(0).q.zero_point
        if weights.dtype != "int8":
            return "weights of 8 bits only"
        stream, bias_halfwords = pack_groups(weights.values, bias)
        bound = accumulator_bound(weights.values.astype(np.int64), bias, zero_point)
        multiplier, shift = Requant.of(io).kernel_arrays(bound if weights.q.per_channel else bound.max(keepdims=True))
        channels, inputs = weights.shape
        params: dict[str, Array | int] = {
            "stream": stream,
            "multiplier": multiplier,
            "shift": shift,
            "bias_halfwords": bias_halfwords,
            "channel_step": int(weights.q.per_channel),
            "batches": io.input(0).elements // inputs,
            "in_channels": inputs,
            "out_channels": channels,
            "in_zero_point": zero_point,
            "out_zero_point": io.output.q.zero_point,
            "clamp_low": op.clamp[0],
            "clamp_high": op.clamp[1],
        }
        scratch_bytes = 2 * GROUP * -(-inputs // GROUP)
        call = CCall("eo_dense_packed_s8", params, scratch_bytes=scratch_bytes, why="packed weights: least flash")
        return Way("dense_packed", (call,))

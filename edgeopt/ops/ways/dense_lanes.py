"""FULLY_CONNECTED in 16-bit lanes, eight output channels at a time."""

from __future__ import annotations

from edgeopt.ir import Array, CCall, Io, Target
from edgeopt.ops._lane_stream import lane_stream
from edgeopt.ops.fully_connected import FullyConnected
from edgeopt.ops.ways import DSP_CORES, WAYS, Way, WayTo

_BLOCK = 8  # EO_DENSE_BLOCK of kernels/eo_dense_lanes_s8.c


@WAYS.register("dense_lanes")
class DenseLanes(WayTo):
    op = FullyConnected

    @classmethod
    def offer(cls, op: FullyConnected, io: Io, target: Target) -> Way | str:
        weights = io.input(1)
        if target.core not in DSP_CORES:
            return "needs the DSP instructions"
        if weights.dtype != "int8":
            return "weights of 8 bits only"
        channels, inputs = weights.shape
        if channels < _BLOCK:
            return f"{_BLOCK} output channels at least"
        stream = lane_stream(io, op.clamp, weights.values, op.bias(io), _BLOCK)
        if isinstance(stream, str):
            return stream
        params: dict[str, Array | int] = {
            "stream": stream.words,
            "plain": int(stream.plain),
            "batches": io.input(0).elements // inputs,
            "in_channels": inputs,
            "out_channels": channels,
            "clamp_low": op.clamp[0],
            "clamp_high": op.clamp[1],
        }
        call = CCall("eo_dense_lanes_s8", params, scratch_bytes=8 * -(-inputs // 4), why="eight channels at a time")
        return Way("dense_lanes", (call,))

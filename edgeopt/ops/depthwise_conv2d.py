"""DEPTHWISE_CONV_2D, int8, with weights [1, height, width, in_channels * depth_multiplier]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np

from edgeopt.errors import MalformedModel
from edgeopt.ir import Array, CCall, Io, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._convolution import Convolution, has_four_dimensions, if_four_dimensions
from edgeopt.ops._requant import Requant, accumulator_bound
from edgeopt.ops._weights import MAX_PRODUCTS, requires_weights
from edgeopt.ops.conv2d import convolution_call


def _channels_divide(op: DepthwiseConv2D, io: Io) -> bool:
    weights, in_channels = io.input(1).shape, io.input(0).shape[3]
    return weights[0] == 1 and in_channels > 0 and weights[3] > 0 and weights[3] % in_channels == 0


def _kernel_fits(op: DepthwiseConv2D, io: Io) -> bool:
    return prod(io.input(1).shape[1:3]) <= MAX_PRODUCTS // 2


@OPS.register("DEPTHWISE_CONV_2D")
@requires_weights(channel_axis=3)
@requires("its data and weights have four dimensions", has_four_dimensions)
@requires("its weights are [1, height, width, a multiple of the input channels]", if_four_dimensions(_channels_divide))
@requires(f"a window holds {MAX_PRODUCTS // 2:,} weights at most", if_four_dimensions(_kernel_fits))
@dataclass(frozen=True)
class DepthwiseConv2D(Convolution):
    """y[c m + k] = clamp(requant(bias + sum of W[c m + k] (window of channel c - zero point)) + zero point)."""

    name = "depthwise_conv2d"
    channel_axis = 3

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        op = super().parse(options, io)
        told = options.get("depth_multiplier")  # tflite-micro goes by it, whatever the shapes say
        shaped = has_four_dimensions(op, io) and _channels_divide(op, io)
        if shaped and told is not None and told != op.depth_multiplier(io):
            raise MalformedModel(f"the depth multiplier {told} is not that of its shapes: {op.depth_multiplier(io)}")
        return op

    def macs(self, io: Io) -> int:
        return prod(io.output.shape) * prod(self.window.kernel)

    def depth_multiplier(self, io: Io) -> int:
        return self.channels(io) // io.input(0).shape[3]

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, weights = values[0], values[1]
        assert x is not None and weights is not None
        patches = self.window.patches(x.astype(np.int64) - io.input(0).q.zero_point, 0)
        acc = np.broadcast_to(self.bias(io), io.output.shape).copy()
        repeats = self.depth_multiplier(io)
        for i in range(self.window.kernel[0]):
            for j in range(self.window.kernel[1]):
                acc += np.repeat(patches[:, :, :, i, j], repeats, axis=-1) * weights[0, i, j]
        return (Requant.of(io).apply(acc, io.output.q.zero_point, self.clamp),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        in_channels = io.input(0).shape[3]
        weights, depth_multiplier = io.input(1).values, self.depth_multiplier(io)
        if in_channels == 1:
            # one input channel: an ordinary convolution, which has the faster kernel
            rows = np.ascontiguousarray(weights.transpose(3, 1, 2, 0))
            return (convolution_call(self, io, rows, 1, "one input channel: an ordinary convolution"),)
        params: dict[str, Array | int] = {**self.geometry(io), **self._constants(io)}
        if depth_multiplier == 1 and in_channels >= 4:
            params |= {"channels": in_channels}
            scratch_bytes = 8 * prod(self.window.kernel)
            return (
                CCall("eo_depthwise_conv2d_s8", params, scratch_bytes=scratch_bytes, why="four channels at a time"),
            )
        params |= {"in_channels": in_channels, "depth_multiplier": depth_multiplier}
        why = "no fast kernel: fewer than 4 channels, or a depth multiplier"
        return (CCall("eo_depthwise_conv2d_any_s8", params, why=why),)

    def _constants(self, io: Io) -> dict[str, Array]:
        weights, bias = io.input(1).values, self.bias(io)
        rows = weights.reshape(-1, weights.shape[3]).T.astype(np.int64)
        multiplier, shift = Requant.of(io).kernel_arrays(accumulator_bound(rows, bias, io.input(0).q.zero_point))
        return {"weights": weights, "bias": bias.astype(np.int32), "multiplier": multiplier, "shift": shift}

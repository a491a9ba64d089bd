"""DEPTHWISE_CONV_2D, int8, with int8 or int4 weights [1, height, width, in_channels * depth_multiplier]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target
from edgeopt.ops import OPS
from edgeopt.ops._convolution import DepthwiseConvolution
from edgeopt.ops._requant import Requant, accumulator_bound, kernel_for, pack_nibbles
from edgeopt.ops._weights import requires_weights
from edgeopt.ops.conv2d import convolution_call


@OPS.register("DEPTHWISE_CONV_2D")
@requires_weights(channel_axis=3)
@dataclass(frozen=True)
class DepthwiseConv2D(DepthwiseConvolution):
    """y[c m + k] = clamp(requant(bias + sum of W[c m + k] (window of channel c - zero point)) + zero point)."""

    name = "depthwise_conv2d"

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, weights = values[0], values[1]
        assert x is not None and weights is not None
        sums = self.sums_of_products(io, x.astype(np.int64) - io.input(0).q.zero_point, weights)
        return (Requant.of(io).apply(sums + self.bias(io), io.output.q.zero_point, self.clamp),)

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
            kernel, scratch_bytes = kernel_for(io.input(1), "eo_depthwise_conv2d_s8"), 8 * prod(self.window.kernel)
            params |= {"weights": self._packed(io, blocks=True)}
            return (CCall(kernel, params, scratch_bytes=scratch_bytes, why="four channels at a time"),)
        params |= {"in_channels": in_channels, "depth_multiplier": depth_multiplier}
        params |= {"weights": self._packed(io, blocks=False)}
        why = "no fast kernel: fewer than 4 channels, or a depth multiplier"
        return (CCall(kernel_for(io.input(1), "eo_depthwise_conv2d_any_s8"), params, why=why),)

    def _constants(self, io: Io) -> dict[str, Array]:
        weights, bias = io.input(1).values, self.bias(io)
        rows = weights.reshape(-1, weights.shape[3]).T.astype(np.int64)
        multiplier, shift = Requant.of(io).kernel_arrays(accumulator_bound(rows, bias, io.input(0).q.zero_point))
        return {"bias": bias.astype(np.int32), "multiplier": multiplier, "shift": shift}

    def _packed(self, io: Io, blocks: bool) -> Array:
        """As the kernel takes the weights: int4 two a byte, or in `blocks` of four channels, the last four last."""
        weights = io.input(1)
        if weights.dtype == "int8":
            return weights.values
        if not blocks:
            return pack_nibbles(weights.values)
        taps = weights.values.reshape(-1, weights.shape[3])
        firsts = [min(channel, weights.shape[3] - 4) for channel in range(0, weights.shape[3], 4)]
        return pack_nibbles(np.stack([taps[:, first : first + 4] for first in firsts]))

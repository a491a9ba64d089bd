"""DEPTHWISE_CONV_2D of int16 data with int8 or int16 weights [1, height, width, in_channels * depth_multiplier]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target
from edgeopt.ops import OPS
from edgeopt.ops._convolution import DepthwiseConvolution
from edgeopt.ops.int16._weighted import Sums, has_wide_weights, requires_int16_layer
from edgeopt.ops.int16.conv2d import convolution_call


@OPS.register("DEPTHWISE_CONV_2D int16")
@requires_int16_layer(channel_axis=3, bias=("int64",))  # TFLM reads an int32 bias as if it were int64
@dataclass(frozen=True)
class DepthwiseConv2DInt16(DepthwiseConvolution):
    """y[c m + k] = clamp(requant(bias + sum of W[c m + k] (window of channel c)))."""

    name = "depthwise_conv2d_s16"

    def sums(self, io: Io) -> Sums:
        weights = io.input(1).values
        return Sums.of(io, weights.reshape(-1, weights.shape[3]).T, in_64_bits=True)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, weights = values[0], values[1]
        assert x is not None and weights is not None
        return (self.sums(io).apply(self.sums_of_products(io, x.astype(np.int64), weights), self.clamp),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        in_channels, depth_multiplier = io.input(0).shape[3], self.depth_multiplier(io)
        if in_channels == 1:
            return (self._ordinary_call(io, "one input channel: an ordinary convolution"),)
        if has_wide_weights(io):
            return (self._wide_call(io),)
        params: dict[str, Array | int | None] = {
            "weights": io.input(1).values,
            **self.sums(io).kernel_arrays(),
            **self.places(io),
            "in_channels": in_channels,
            "depth_multiplier": depth_multiplier,
            **self.clamp_params(),
        }
        why = "four channels at a time" if depth_multiplier == 1 else "one channel at a time: a depth multiplier"
        return (CCall("eo_depthwise_conv2d_s16", params, why=why),)

    def _ordinary_call(self, io: Io, why: str) -> CCall:
        """As a convolution with a group for each input channel."""
        rows = np.ascontiguousarray(io.input(1).values.transpose(3, 1, 2, 0))
        return convolution_call(self, io, self.sums(io), rows, io.input(0).shape[3], why)

    def _wide_call(self, io: Io) -> CCall:
        """With int16 weights."""
        channels, sums = self.channels(io), self.sums(io)
        for unusual, what in (
            (self.depth_multiplier(io) > 1, "a depth multiplier"),
            (channels < 4, "fewer than four channels"),
            (sums.are_wide, "sums of 64 bits"),
        ):
            if unusual:
                return self._ordinary_call(io, f"one channel at a time: {what}")
        params: dict[str, Array | int | None] = {
            "blocks": _by_fours(io.input(1).values, sums.kernel_arrays()),
            **self.places(io),
            "channels": channels,
            **self.clamp_params(),
        }
        return CCall("eo_depthwise_conv2d_w16_s16", params, why="four channels at a time")


def _by_fours(weights: Array, of_channels: Mapping[str, Array | None]) -> Array:
    """Weights int16 [1, height, width, channels], bias and multiplier as uint32 [blocks, 4 + 2 * height * width + 4].

    A block is four channels, the last one the last four.
    """
    taps = weights.reshape(-1, weights.shape[3])
    bias, multiplier = (np.asarray(of_channels[name], "<i4").view("<u4") for name in ("bias", "multiplier"))
    firsts = [*range(0, taps.shape[1] - 4, 4), taps.shape[1] - 4]
    blocks = [
        (
            bias[n : n + 4],
            np.ascontiguousarray(taps[:, n : n + 4], "<i2").view("<u4").reshape(-1),
            multiplier[n : n + 4],
        )
        for n in firsts
    ]
    packed: Array = np.stack([np.concatenate(block) for block in blocks]).astype(np.uint32)
    return packed

"""DEPTHWISE_CONV_2D of int16 data with int8 or int16 weights [1, height, width, in_channels * depth_multiplier]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target
from edgeopt.ops import OPS
from edgeopt.ops._convolution import DepthwiseConvolution
from edgeopt.ops.int16._weighted import Sums, requires_int16_layer
from edgeopt.ops.int16._wide_weights import kernel_for
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
        depth_multiplier = self.depth_multiplier(io)
        if io.input(0).shape[3] == 1:
            # one input channel: an ordinary convolution, which has the faster kernel
            rows = np.ascontiguousarray(io.input(1).values.transpose(3, 1, 2, 0))
            why = "one input channel: an ordinary convolution"
            return (convolution_call(self, io, self.sums(io), rows, 1, why),)
        params: dict[str, Array | int | None] = {
            "weights": io.input(1).values,
            **self.sums(io).kernel_arrays(),
            **self.places(io),
            "in_channels": io.input(0).shape[3],
            "depth_multiplier": depth_multiplier,
            **self.clamp_params(),
        }
        why = "four channels at a time" if depth_multiplier == 1 else "one channel at a time: a depth multiplier"
        return (CCall(kernel_for(io.input(1).values, "eo_depthwise_conv2d_s16"), params, why=why),)

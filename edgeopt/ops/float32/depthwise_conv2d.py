"""DEPTHWISE_CONV_2D, float32."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target
from edgeopt.ops import OPS
from edgeopt.ops._convolution import DepthwiseConvolution
from edgeopt.ops.float32._float import WHY, float_range, limited, quiet
from edgeopt.ops.float32._layer import float_bias, requires_float32_layer


@OPS.register("DEPTHWISE_CONV_2D float32")
@requires_float32_layer(channel_axis=3)
@dataclass(frozen=True)
class DepthwiseConv2DF32(DepthwiseConvolution):
    """y[c m + k] = clamp(bias + sum of W[c m + k] (window of channel c)), row by row, column by column."""

    name = "depthwise_conv2d_f32"
    clamp: tuple[float, float]  # type: ignore[assignment]

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return replace(super().parse(options, io), clamp=float_range(options))

    @quiet
    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, weights = values[0], values[1]
        assert x is not None and weights is not None
        patches = self.window.patches(x, 0.0)  # as in CONV_2D, a tap outside changes nothing
        total = np.zeros(io.output.shape, np.float32)
        for i in range(self.window.kernel[0]):
            for j in range(self.window.kernel[1]):
                total += np.repeat(patches[:, :, :, i, j], self.depth_multiplier(io), axis=-1) * weights[0, i, j]
        return (limited(total + float_bias(io, self.channels(io)), self.clamp),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        params: dict[str, Array | int | float] = {
            "weights": io.input(1).values,
            "bias": float_bias(io, self.channels(io)),
            "in_channels": io.input(0).shape[3],
            "depth_multiplier": self.depth_multiplier(io),
            **self.places(io),
            "clamp_low": self.clamp[0],
            "clamp_high": self.clamp[1],
        }
        return (CCall("eo_depthwise_conv2d_f32", params, why=WHY),)

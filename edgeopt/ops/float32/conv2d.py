"""CONV_2D, float32."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target
from edgeopt.ops import OPS
from edgeopt.ops._convolution import GroupedConvolution
from edgeopt.ops.float32._float import WHY, float_range, limited, quiet
from edgeopt.ops.float32._layer import float_bias, requires_float32_layer, sums_in_order


@OPS.register("CONV_2D float32")
@requires_float32_layer(channel_axis=0)
@dataclass(frozen=True)
class Conv2DF32(GroupedConvolution):
    """y = clamp(bias + W patch), the products summed row by row, column by column, channel by channel."""

    name = "conv2d_f32"
    clamp: tuple[float, float]  # type: ignore[assignment]

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return replace(super().parse(options, io), clamp=float_range(options))

    @quiet
    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, weights = values[0], values[1]
        assert x is not None and weights is not None
        groups = self.groups(io)
        # a product with a tap outside, 0 times a finite weight, changes no sum that began with +0
        patches = np.split(self.window.patches(x, 0.0), groups, axis=-1)
        rows = weights.reshape(groups, weights.shape[0] // groups, -1)
        parts = [sums_in_order(part.reshape(-1, rows.shape[2]), rows[group]) for group, part in enumerate(patches)]
        total = np.concatenate(parts, axis=1) + float_bias(io, self.channels(io))
        return (limited(total, self.clamp).reshape(io.output.shape),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        groups, weights = self.groups(io), io.input(1)
        params: dict[str, Array | int | float] = {
            "weights": weights.values,
            "bias": float_bias(io, self.channels(io)),
            "groups": groups,
            "group_in_channels": weights.shape[3],
            "group_out_channels": weights.shape[0] // groups,
            **self.places(io),
            "clamp_low": self.clamp[0],
            "clamp_high": self.clamp[1],
        }
        return (CCall("eo_conv2d_f32", params, why=WHY),)

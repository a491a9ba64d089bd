"""FULLY_CONNECTED, float32."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from edgeopt.ir import Array, CCall, Io, Target
from edgeopt.ops import OPS
from edgeopt.ops._dense import Dense
from edgeopt.ops.float32._float import WHY, float_range, limited, quiet
from edgeopt.ops.float32._layer import float_bias, requires_float32_layer, sums_in_order


@OPS.register("FULLY_CONNECTED float32")
@requires_float32_layer(channel_axis=0)
@dataclass(frozen=True)
class FullyConnectedF32(Dense):
    """y = clamp(bias + W x), the products summed in the order of the inputs."""

    name = "fully_connected_f32"
    clamp: tuple[float, float]  # type: ignore[assignment]

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return replace(super().parse(options, io), clamp=float_range(options))

    @quiet
    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, weights = values[0], values[1]
        assert x is not None and weights is not None
        total = sums_in_order(x.reshape(-1, weights.shape[1]), weights) + float_bias(io, weights.shape[0])
        return (limited(total, self.clamp).reshape(io.output.shape),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        channels, inputs = io.input(1).shape
        params: dict[str, Array | int | float] = {
            "weights": io.input(1).values,
            "bias": float_bias(io, channels),
            "batches": io.input(0).elements // inputs,
            "in_channels": inputs,
            "out_channels": channels,
            "clamp_low": self.clamp[0],
            "clamp_high": self.clamp[1],
        }
        return (CCall("eo_dense_f32", params, why=WHY),)

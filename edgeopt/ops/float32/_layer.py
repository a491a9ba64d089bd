"""What convolutions and dense layers in float32 share: constant weights, an optional bias, sums in a fixed order."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeopt.ir import Array, Io, OpType, requires
from edgeopt.ops.float32._float import requires_float32_data


def _weights_are_float(op: Any, io: Io) -> bool:
    weights = io.optional(1)
    return weights is not None and weights.is_constant and weights.dtype == "float32"


def requires_float32_layer(channel_axis: int) -> Any:
    """Class decorator: float32 data, constant float32 weights with channels on `channel_axis`, float32 bias."""

    def bias_fits(op: Any, io: Io) -> bool:
        bias, weights = io.optional(2), io.optional(1)
        if bias is None or weights is None or not weights.shape:
            return True
        return bias.is_constant and bias.dtype == "float32" and bias.elements == weights.shape[channel_axis]

    def add(cls: OpType) -> OpType:
        cls = requires("its bias is a constant float32, one a channel, or left out", bias_fits)(cls)
        cls = requires("its weights are constant and float32", _weights_are_float)(cls)
        return requires_float32_data(cls)

    return add


def float_bias(io: Io, channels: int) -> Array:
    """The bias [channels], zeros where it is left out."""
    bias = io.optional(2)
    return np.zeros(channels, np.float32) if bias is None else bias.values.reshape(-1)


def sums_in_order(rows: Array, weights: Array) -> Array:
    """float32 [n, channels] of rows [n, inputs] and weights [channels, inputs]: inputs ascending, from 0."""
    total = np.zeros((rows.shape[0], weights.shape[0]), np.float32)
    for index in range(rows.shape[1]):
        total += rows[:, index, None] * weights[None, :, index]
    return total

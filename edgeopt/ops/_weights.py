"""Limits of every layer with int8 weights: inputs are data, weights and an optional bias."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Io, OpType, requires
from edgeopt.ops._checks import fused_clamp, has_known_activation, requires_int8_data

# As many products of int8 stay below 2^31, so that a sum cannot overflow before the bias is added
MAX_PRODUCTS = 65_536


def known_clamp(options: Mapping[str, Any], io: Io) -> tuple[int, int]:
    """The fused activation as a clamp; UnsupportedModel for one that is none."""
    if not has_known_activation(options):
        raise UnsupportedModel(f"the fused activation {options['fused_activation_function']} is not supported")
    return fused_clamp(options, io)


def _weights_are_int8(op: Any, io: Io) -> bool:
    weights = io.optional(1)
    return weights is not None and weights.is_constant and weights.dtype == "int8" and weights.quant is not None


def _weights_are_symmetric(op: Any, io: Io) -> bool:
    return not _weights_are_int8(op, io) or not any(io.input(1).q.zero_points)


def _scales_fit(channel_axis: int) -> Callable[[Any, Io], bool]:
    def holds(op: Any, io: Io) -> bool:
        if not _weights_are_int8(op, io):
            return True
        weights = io.input(1)
        axis = channel_axis % max(1, len(weights.shape))
        positive = all(scale > 0 for scale in weights.q.scales)
        return positive and (
            not weights.q.per_channel or (weights.q.axis == axis and len(weights.q.scales) == weights.shape[axis])
        )

    return holds


def _bias_fits(channel_axis: int) -> Callable[[Any, Io], bool]:
    def holds(op: Any, io: Io) -> bool:
        bias, weights = io.optional(2), io.optional(1)
        if bias is None or weights is None or not weights.shape:
            return True
        return bias.is_constant and bias.dtype == "int32" and bias.elements == weights.shape[channel_axis]

    return holds


def requires_weights(channel_axis: int) -> Callable[[OpType], OpType]:
    """Class decorator: int8 data, constant symmetric int8 weights with their channels on `channel_axis`, int32 bias."""

    def add(cls: OpType) -> OpType:
        cls = requires("its bias is a constant int32, one a channel, or left out", _bias_fits(channel_axis))(cls)
        cls = requires("its weights have one scale, or one an output channel", _scales_fit(channel_axis))(cls)
        cls = requires("its weights are symmetric (zero point 0)", _weights_are_symmetric)(cls)
        cls = requires("its weights are constant and int8", _weights_are_int8)(cls)
        return requires_int8_data(cls)

    return add

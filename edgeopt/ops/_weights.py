"""Limits of every layer with weights: inputs are data, weights of 8 or 4 bits, and an optional bias."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Io, Op, OpType, requires
from edgeopt.ops._checks import fused_clamp, has_known_activation, requires_int8_data

# As many products of int8 stay below 2^31, so that a sum cannot overflow before the bias is added; nor can the sums of
# 16 times an int4, with which kernels/eo_dot_s8.h works
MAX_PRODUCTS = 65_536


def known_clamp(options: Mapping[str, Any], io: Io) -> tuple[int, int]:
    """The fused activation as a clamp; UnsupportedModel for one that is none."""
    if not has_known_activation(options):
        raise UnsupportedModel(f"the fused activation {options['fused_activation_function']} is not supported")
    return fused_clamp(options, io)


def _weights_are_known(op: Any, io: Io, dtypes: Sequence[str] = ("int8", "int4")) -> bool:
    weights = io.optional(1)
    known = weights is not None and weights.is_constant and weights.quant is not None
    return known and io.input(1).dtype in dtypes


def _weights_are_symmetric(op: Any, io: Io) -> bool:
    return not _weights_are_known(op, io) or not any(io.input(1).q.zero_points)


def _scales_fit(channel_axis: int) -> Callable[[Any, Io], bool]:
    def holds(op: Any, io: Io) -> bool:
        if not _weights_are_known(op, io):
            return True
        weights = io.input(1)
        axis = channel_axis % max(1, len(weights.shape))
        positive = all(scale > 0 for scale in weights.q.scales)
        return positive and (
            not weights.q.per_channel or (weights.q.axis == axis and len(weights.q.scales) == weights.shape[axis])
        )

    return holds


def _bias_fits(channel_axis: int, dtypes: Sequence[str]) -> Callable[[Any, Io], bool]:
    def holds(op: Any, io: Io) -> bool:
        bias, weights = io.optional(2), io.optional(1)
        if bias is None or weights is None or not weights.shape:
            return True
        return bias.is_constant and bias.dtype in dtypes and bias.elements == weights.shape[channel_axis]

    return holds


def requires_weights(
    channel_axis: int,
    data: Callable[[type[Op]], type[Op]] = requires_int8_data,
    weights: Sequence[str] = ("int8", "int4"),
    bias: Sequence[str] = ("int32",),
) -> Callable[[OpType], OpType]:
    """Class decorator: what `data` asks of input and output; constant symmetric weights of one of the types `weights`
    with their channels on `channel_axis`; no bias, or a constant of one of the types `bias`."""

    def add(cls: OpType) -> OpType:
        known = f"its bias is a constant {' or '.join(bias)}, one a channel, or left out"
        cls = requires(known, _bias_fits(channel_axis, bias))(cls)
        cls = requires("its weights have one scale, or one an output channel", _scales_fit(channel_axis))(cls)
        cls = requires("its weights are symmetric (zero point 0)", _weights_are_symmetric)(cls)
        known = f"its weights are constant and {' or '.join(weights)}"
        cls = requires(known, lambda op, io: _weights_are_known(op, io, weights))(cls)
        data(cls)
        return cls

    return add

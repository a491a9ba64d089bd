"""CONV_2D of int16 data with int8 or int16 weights [out_channels, height, width, in_channels / groups]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target
from edgeopt.ops import OPS
from edgeopt.ops._convolution import Convolution, GroupedConvolution
from edgeopt.ops.int16._weighted import Sums, requires_int16_layer, sums_in_64_bits
from edgeopt.ops.int16._wide_weights import kernel_for, pack_lanes, part_words


@OPS.register("CONV_2D int16")
@requires_int16_layer(channel_axis=0, bias=("int64", "int32"))
@dataclass(frozen=True)
class Conv2DInt16(GroupedConvolution):
    """y = clamp(requant(bias + W patch)); what is outside of the image is 0."""

    name = "conv2d_s16"

    def sums(self, io: Io) -> Sums:
        weights = io.input(1).values
        return Sums.of(io, weights.reshape(weights.shape[0], -1), sums_in_64_bits(io))

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, weights = values[0], values[1]
        assert x is not None and weights is not None
        products = self.sums_of_products(io, x.astype(np.float64), weights)
        return (self.sums(io).apply(products, self.clamp).reshape(io.output.shape),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        if self._is_pointwise(io):
            return (self._pointwise_call(io),)
        why = "gathers the windows"
        return (convolution_call(self, io, self.sums(io), io.input(1).values, self.groups(io), why),)

    def _is_pointwise(self, io: Io) -> bool:
        window, x = self.window, io.input(0).shape
        one_image = x[0] == 1 or window.stride == (1, 1)
        return window.kernel == (1, 1) and not window.is_padded and self.groups(io) == 1 and x[3] % 4 == 0 and one_image

    def _pointwise_call(self, io: Io) -> CCall:
        in_width, channels = io.input(0).shape[2:]
        batch, height, width, out_channels = io.output.shape
        one_row = self.window.stride == (1, 1)
        params: dict[str, Array | int | None] = {
            "words": channels // 4,
            "out_channels": out_channels,
            "rows": 1 if one_row else height,
            "cols": batch * height * width if one_row else width,
            "row_step": self.window.stride[0] * in_width * channels,
            "col_step": self.window.stride[1] * channels,
            **_constants(self.sums(io), io.input(1).values, groups=1),
            **self.clamp_params(),
        }
        return CCall(kernel_for(io.input(1).values, "eo_conv2d_1x1_s16"), params, why="pointwise: no gathering")


def convolution_call(op: Convolution, io: Io, sums: Sums, weights: Array, groups: int, why: str) -> CCall:
    """The call of eo_conv2d_s16 for weights [out_channels, height, width, in_channels / groups]."""
    words = -(-prod(weights.shape[1:]) // 4)
    params: dict[str, Array | int | None] = {
        "words": words,
        "groups": groups,
        "group_in_channels": weights.shape[3],
        "group_out_channels": weights.shape[0] // groups,
        **op.places(io),
        **_constants(sums, weights, groups),
        **op.clamp_params(),
    }
    return CCall(kernel_for(weights, "eo_conv2d_s16"), params, scratch_bytes=16 * words, why=why)


def _constants(sums: Sums, weights: Array, groups: int) -> dict[str, Array | int | None]:
    rows = weights.reshape(weights.shape[0], -1)
    packed = np.concatenate([pack_lanes(part, 2) for part in np.split(rows, groups)])
    constants: dict[str, Array | int | None] = {"weights": packed, "part_words": part_words(rows)}
    for name, values in sums.kernel_arrays().items():
        constants[name] = None if values is None else _pairs(values, groups)
    return constants


def _pairs(values: Array, groups: int) -> Array:
    """A value a channel as [groups, 2 * pairs]: an odd last channel gets a partner like it."""
    by_group = values.reshape(groups, -1)
    return np.pad(by_group, ((0, 0), (0, by_group.shape[1] % 2)), mode="edge")

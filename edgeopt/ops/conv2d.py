"""CONV_2D, int8, with int8 or int4 weights [out_channels, height, width, in_channels / groups]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target
from edgeopt.ops import OPS
from edgeopt.ops._convolution import Convolution, GroupedConvolution
from edgeopt.ops._requant import Requant, accumulator_bound, folded_bias, kernel_for, pack_weights
from edgeopt.ops._weights import requires_weights


@OPS.register("CONV_2D")
@requires_weights(channel_axis=0)
@dataclass(frozen=True)
class Conv2D(GroupedConvolution):
    """y = clamp(requant(bias + W (patch - zero point)) + zero point)."""

    name = "conv2d"

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, weights = values[0], values[1]
        assert x is not None and weights is not None
        sums = self.sums_of_products(io, x.astype(np.float64) - io.input(0).q.zero_point, weights)
        acc = sums + self.bias(io)
        out = Requant.of(io).apply(acc, io.output.q.zero_point, self.clamp)
        return (out.reshape(io.output.shape),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        why = self._why_not_pointwise(io)
        if not why:
            return (self._pointwise_call(io),)
        weights, groups = io.input(1).values, self.groups(io)
        return (convolution_call(self, io, weights, groups, why),)

    def _why_not_pointwise(self, io: Io) -> str:
        """Why eo_conv2d_1x1_s8 cannot do it; empty if it can."""
        window = self.window
        if window.kernel != (1, 1) or window.is_padded:
            return "gathers the windows"
        if self.groups(io) != 1 or io.input(0).shape[3] % 4:
            return "no pointwise kernel: groups, or input channels not a multiple of 4"
        if io.input(0).shape[0] != 1 and window.stride != (1, 1):
            return "no pointwise kernel: stride in a batch"
        return ""

    def _pointwise_call(self, io: Io) -> CCall:
        in_width, channels = io.input(0).shape[2:]
        batch, height, width, out_channels = io.output.shape
        one_row = self.window.stride == (1, 1)
        words = channels // 4
        params: dict[str, Array | int] = {
            "words": words,
            "out_channels": out_channels,
            "rows": 1 if one_row else height,
            "cols": batch * height * width if one_row else width,
            "row_step": self.window.stride[0] * in_width * channels,
            "col_step": self.window.stride[1] * channels,
            **self.output_params(io),
            **_constants(self, io, io.input(1).values, groups=1),
        }
        kernel = kernel_for(io.input(1), "eo_conv2d_1x1_s8")
        return CCall(kernel, params, scratch_bytes=16 * words, why="pointwise: no gathering")


def convolution_call(op: Convolution, io: Io, weights: Array, groups: int, why: str) -> CCall:
    """The call of eo_conv2d_s8 or its int4 form; weights [out_channels, height, width, in_channels / groups]."""
    words = -(-prod(weights.shape[1:]) // 4)
    params: dict[str, Array | int] = {
        "words": words,
        "groups": groups,
        "group_in_channels": weights.shape[3],
        "group_out_channels": weights.shape[0] // groups,
        **op.geometry(io),
        **_constants(op, io, weights, groups),
    }
    return CCall(kernel_for(io.input(1), "eo_conv2d_s8"), params, scratch_bytes=24 * words, why=why)


def _constants(op: Convolution, io: Io, weights: Array, groups: int) -> dict[str, Array]:
    rows = weights.reshape(weights.shape[0], -1)
    wide, bias, zero_point = rows.astype(np.int64), op.bias(io), io.input(0).q.zero_point
    multiplier, shift = Requant.of(io).kernel_arrays(accumulator_bound(wide, bias, zero_point))
    return {
        "weights": np.concatenate([pack_weights(part, 2, io.input(1).dtype) for part in np.split(rows, groups)]),
        "bias": _pairs(folded_bias(wide, bias, zero_point), groups),
        "multiplier": _pairs(multiplier, groups),
        "shift": _pairs(shift, groups, -1),
    }


def _pairs(values: Array, groups: int, partner: int = 0) -> Array:
    """A value a channel as [groups, 2 * pairs]: an odd last channel gets a partner."""
    by_group = values.reshape(groups, -1)
    return np.pad(by_group, ((0, 0), (0, by_group.shape[1] % 2)), constant_values=partner)

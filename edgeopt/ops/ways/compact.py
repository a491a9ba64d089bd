"""Convolutions, depthwise convolutions and dense layers by one small kernel, for the goal flash.

One output at a time takes some 500 bytes of code, where the kernels that are made for speed take 600 to 1,400 each.
Extents are 16 bits wide, and weights are not padded.
"""

from __future__ import annotations

from math import prod

import numpy as np

from edgeopt.ir import Array, CCall, Io, Shape, Target
from edgeopt.ops._convolution import Convolution
from edgeopt.ops._requant import Requant, accumulator_bound, bias_values, folded_bias
from edgeopt.ops._window import Window
from edgeopt.ops.conv2d import Conv2D
from edgeopt.ops.depthwise_conv2d import DepthwiseConv2D
from edgeopt.ops.fully_connected import FullyConnected
from edgeopt.ops.ways import WAYS, Way, WayTo

_KERNEL = "eo_conv2d_compact_s8"
_MOST = 32_767  # of an extent


@WAYS.register("compact")
class Compact(WayTo):
    op = Conv2D

    @classmethod
    def offer(cls, op: Conv2D, io: Io, target: Target) -> Way | str:
        if op.groups(io) != 1:
            return "no groups"
        weights = io.input(1).values
        return _of_window("compact", op, io, weights.reshape(weights.shape[0], -1), is_depthwise=False)


@WAYS.register("compact_depthwise")
class CompactDepthwise(WayTo):
    op = DepthwiseConv2D

    @classmethod
    def offer(cls, op: DepthwiseConv2D, io: Io, target: Target) -> Way | str:
        in_channels = io.input(0).shape[3]
        if in_channels > 1 and op.depth_multiplier(io) > 1:
            return "no depth multiplier"
        weights = io.input(1).values
        rows = weights.reshape(-1, weights.shape[3]).T
        return _of_window("compact_depthwise", op, io, rows, is_depthwise=in_channels > 1)


@WAYS.register("compact_dense")
class CompactDense(WayTo):
    """A pixel for each row of the input."""

    op = FullyConnected

    @classmethod
    def offer(cls, op: FullyConnected, io: Io, target: Target) -> Way | str:
        channels, inputs = io.input(1).shape
        pixels = io.input(0).elements // inputs
        shapes = (1, 1, pixels, inputs), (1, 1, pixels, channels)
        call = _call(io, io.input(1).values, Window((1, 1)), shapes, op.clamp, is_depthwise=False)
        return call if isinstance(call, str) else Way("compact_dense", (call,))


def _of_window(name: str, op: Convolution, io: Io, rows: Array, is_depthwise: bool) -> Way | str:
    if op.window.dilation != (1, 1) or io.input(0).shape[0] != 1:
        return "one image, no dilation"
    call = _call(io, rows, op.window, (io.input(0).shape, io.output.shape), op.clamp, is_depthwise)
    return call if isinstance(call, str) else Way(name, (call,))


def _call(
    io: Io, rows: Array, window: Window, shapes: tuple[Shape, Shape], clamp: tuple[int, int], is_depthwise: bool
) -> CCall | str:
    """`rows` are the weights [out_channels, taps]; `shapes` of input and output."""
    fields = {
        **dict(zip(("in_height", "in_width", "in_channels"), shapes[0][1:], strict=True)),
        **dict(zip(("out_height", "out_width", "out_channels"), shapes[1][1:], strict=True)),
        **dict(zip(("kernel_height", "kernel_width"), window.kernel, strict=True)),
        **dict(zip(("stride_height", "stride_width"), window.stride, strict=True)),
        "pad_top": window.pad_top,
        "pad_left": window.pad_left,
    }
    if io.input(1).dtype != "int8":
        return "weights of 8 bits only"
    if max(fields.values()) > _MOST:
        return f"extents up to {_MOST:,} only"
    params: dict[str, int | Array] = {
        **fields,
        **_constants(io, rows),
        "taps": rows.shape[1],
        "channel_step": int(is_depthwise),
        "in_zero_point": io.input(0).q.zero_point,
        "out_zero_point": io.output.q.zero_point,
        "clamp_low": clamp[0],
        "clamp_high": clamp[1],
    }
    scratch_bytes = prod(window.kernel) * shapes[0][3]
    return CCall(_KERNEL, params, scratch_bytes=scratch_bytes, why="one output at a time: least code")


def _constants(io: Io, rows: Array) -> dict[str, Array]:
    zero_point, wide = io.input(0).q.zero_point, rows.astype(np.int64)
    bias = bias_values(io.optional(2), rows.shape[0])
    multiplier, shift = Requant.of(io).kernel_arrays(accumulator_bound(wide, bias, zero_point))
    return {
        "weights": np.ascontiguousarray(rows),
        "constants": np.stack([folded_bias(wide, bias, zero_point), multiplier], axis=1),
        "shift": shift,
    }

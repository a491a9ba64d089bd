"""CONV_2D as a matrix product in 16-bit lanes: three pixels by two channels at a time."""

from __future__ import annotations

from math import prod

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target
from edgeopt.ops._convolution import Convolution
from edgeopt.ops._lane_stream import LaneStream, lane_stream
from edgeopt.ops.conv2d import Conv2D
from edgeopt.ops.depthwise_conv2d import DepthwiseConv2D
from edgeopt.ops.ways import DSP_CORES, WAYS, Way, WayTo

_SCRATCH_BYTES = 1024  # of columns; where they are longer, or for the goal ram, there are three of them


@WAYS.register("lanes")
class Lanes(WayTo):
    op = Conv2D

    @classmethod
    def offer(cls, op: Conv2D, io: Io, target: Target) -> Way | str:
        if op.groups(io) != 1:
            return "no groups"
        return _offer("lanes", op, io, io.input(1).values, target)


@WAYS.register("lanes_of_one_channel")
class LanesOfOneChannel(WayTo):
    """A depthwise convolution of one input channel is an ordinary one."""

    op = DepthwiseConv2D

    @classmethod
    def offer(cls, op: DepthwiseConv2D, io: Io, target: Target) -> Way | str:
        if io.input(0).shape[3] != 1:
            return "one input channel only"
        return _offer("lanes_of_one_channel", op, io, io.input(1).values.transpose(3, 1, 2, 0), target)


def _offer(name: str, op: Convolution, io: Io, weights: Array, target: Target) -> Way | str:
    """`weights` [out_channels, height, width, in_channels]"""
    if target.core not in DSP_CORES:
        return "needs the DSP instructions"
    if io.input(1).dtype != "int8" or op.window.dilation != (1, 1):
        return "weights of 8 bits, no dilation only"
    if op.channels(io) < 2:
        return "two output channels at least"
    stream = lane_stream(io, op.clamp, _columns(weights), op.bias(io))
    if isinstance(stream, str):
        return stream
    call = _pointwise_call if _is_pointwise(op, io) else _windows_call
    return Way(name, (call(op, io, weights, stream, target),))


def _is_pointwise(op: Convolution, io: Io) -> bool:
    window = op.window
    one_step = window.stride == (1, 1) or io.input(0).shape[0] == 1  # from each pixel, or row, to the next
    return window.kernel == (1, 1) and not window.is_padded and one_step


def _columns(weights: Array) -> Array:
    """Weights [channels, height, width, inputs] as [channels, height * width * inputs] in the order of the kernels:
    row by row as many as are whole words, then what is left of the rows."""
    rows = weights.reshape(*weights.shape[:2], -1)
    whole = rows.shape[2] // 4 * 4
    parts = [part.reshape(weights.shape[0], -1) for part in (rows[..., :whole], rows[..., whole:])]
    return np.concatenate(parts, axis=1)


def _in_order(stream: LaneStream) -> Array:
    """The first words of a pair of channels before its bias: one load for both."""
    words = stream.words
    return np.concatenate([words[:, 2:4], words[:, :2], words[:, 4:]], axis=1)


def _threes(pixels: int, words: int, target: Target) -> int:
    """How many threes of pixels are done at a time, which saves calls."""
    room = 0 if target.goal == "ram" else _SCRATCH_BYTES // (24 * words)
    return max(1, min(pixels // 3, room))


def _windows_call(op: Convolution, io: Io, weights: Array, stream: LaneStream, target: Target) -> CCall:
    height, row_bytes = weights.shape[1], prod(weights.shape[2:])
    tail_words = -(-height * (row_bytes % 4) // 4)
    words, window_words = height * (row_bytes // 4) + tail_words, -(-height * row_bytes // 4)
    threes = _threes(prod(io.output.shape[1:3]), words, target)
    params: dict[str, Array | int] = {
        "stream": _in_order(stream),
        "plain": int(stream.plain),
        "threes": threes,
        "words": words,
        "row_words": row_bytes // 4,
        "window_words": window_words,
        "in_channels": weights.shape[3],
        "out_channels": weights.shape[0],
        "in_zero_point": io.input(0).q.zero_point,
        **op.window.undilated_places(io),
        **op.clamp_params(),
    }
    scratch_bytes = 24 * threes * words + 12 * window_words + 12 * tail_words
    return CCall("eo_conv2d_lanes_s8", params, scratch_bytes=scratch_bytes, why="three windows by two channels")


def _pointwise_call(op: Convolution, io: Io, weights: Array, stream: LaneStream, target: Target) -> CCall:
    in_width, channels = io.input(0).shape[2], weights.shape[3]
    batch, height, width, out_channels = io.output.shape
    pixels = batch * height * width
    one_row = op.window.stride == (1, 1)
    col_step, cols = op.window.stride[1] * channels, pixels if one_row else width
    words = -(-channels // 4)
    threes = _threes(pixels, words, target) if one_row else 1
    params: dict[str, Array | int] = {
        "stream": _in_order(stream),
        "plain": int(stream.plain),
        "threes": threes,
        "in_channels": channels,
        "out_channels": out_channels,
        "pixels": pixels,
        "cols": cols,
        "col_step": col_step,
        "row_step": op.window.stride[0] * in_width * channels - (width - 1) * col_step,
        **op.clamp_params(),
    }
    scratch_bytes = (24 * threes + (12 if channels % 4 else 0)) * words
    return CCall("eo_conv2d_1x1_lanes_s8", params, scratch_bytes=scratch_bytes, why="three pixels by two channels")

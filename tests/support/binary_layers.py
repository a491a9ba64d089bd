"""Layers on bits, of random weights, as cases for the proofs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from support.graph_case import GraphCase, constant, one_node, tensor

from edgeopt.bits import pack_bits, unpack_bits, words_of
from edgeopt.ir import Array, Op, Tensor
from edgeopt.ops._window import Window
from edgeopt.ops.binary._affine import affine_constants
from edgeopt.ops.binary.conv2d import BinaryConv2D
from edgeopt.ops.binary.conv2d_int16 import BinaryConv2DInt16
from edgeopt.ops.binary.dense import BinaryDense
from edgeopt.ops.binary.dense_int16 import BinaryDenseInt16

CHANNELS = (1, 5, 31, 32, 33, 64, 70, 96, 128, 160)
MANY = 2**31 - 1


def random_words(rng: np.random.Generator, shape: Sequence[int], channels: int, ones: float = 0.5) -> Array:
    """int32 [*shape, words] of random bits, of which so many are 1, and 0 behind the last channel."""
    return pack_bits((rng.random((*shape, channels)) < ones).astype(np.uint8))


def random_thresholds(rng: np.random.Generator, products: int, channels: int) -> Array:
    """Near the middle, so that bits are 0 and 1; some at both ends."""
    spread = max(2, 3 * int(products**0.5))
    near = np.clip(products + rng.integers(-spread, spread + 1, channels), -1, 2 * products)
    ends = rng.choice([-1, 0, 2 * products - 1, 2 * products], channels)
    return np.where(rng.random(channels) < 0.2, ends, near).astype(np.int32)


def random_window(rng: np.random.Generator, size: tuple[int, int], padded: bool) -> Window:
    """Any kernel of up to 4 x 4, stride, dilation and, if `padded`, padding on any side, that fits into `size`."""
    while True:
        kernel, stride, dilation = ((int(a), int(b)) for a, b in rng.integers(1, [[5], [4], [3]], (3, 2)))
        pads = (int(pad) for pad in rng.integers(0, 4 if padded else 1, 4))
        window = Window(kernel, stride, dilation, *pads)
        if min(window.output_size(size)) >= 1:
            return window


def random_layer(rng: np.random.Generator, op: type[BinaryConv2D | BinaryConv2DInt16]) -> GraphCase:
    """A convolution of any geometry that an operator of this class has."""
    groups = int(rng.choice([1, 1, 1, 2, 3]))
    channels = 32 * groups * int(rng.integers(1, 4)) if groups > 1 else int(rng.choice(CHANNELS))
    out_channels = 32 * groups * int(rng.integers(1, 3)) if groups > 1 else int(rng.choice(CHANNELS))
    height, width = (int(n) for n in rng.integers(1, 10, 2))
    window = random_window(rng, (height, width), padded=rng.random() < 0.7)
    size, pad_zero = (int(rng.integers(1, 3)), height, width), bool(rng.random() < 0.5)
    if op is BinaryConv2DInt16:
        return scaled_case(rng, window, channels, size, out_channels, groups=groups, pad_zero=pad_zero)
    rows, cols = window.output_size((height, width))
    pool = (int(rng.integers(1, min(rows, 3) + 1)), int(rng.integers(1, min(cols, 3) + 1)))
    layer = BinaryConv2D(window, channels, groups, pad_zero, pool)
    return conv_case(rng, layer, size, out_channels, mask=bool(rng.random() < 0.5))


def conv_case(
    rng: np.random.Generator,
    op: BinaryConv2D,
    size: tuple[int, int, int],
    out_channels: int,
    mask: bool = False,
    **constants: Any,
) -> GraphCase:
    """`op` on `size` = batches, height, width; `constants` (weights, thresholds) take the place of random ones."""
    known = _weights(rng, (out_channels, *op.window.kernel), op.channels // op.groups)
    known["thresholds"] = random_thresholds(rng, op.products, out_channels)
    if mask:
        known["any"] = random_words(rng, (), out_channels)
    height, width = op.window.output_size((size[1], size[2]))
    shape = (size[0], height // op.pool[0], width // op.pool[1], words_of(out_channels))
    return _case(rng, op, size, op.channels, known | constants, tensor("y", shape, "int32"))


def scaled_case(
    rng: np.random.Generator,
    window: Window,
    channels: int,
    size: tuple[int, int, int],
    out_channels: int,
    groups: int = 1,
    pad_zero: bool = False,
) -> GraphCase:
    """BINARY_CONV_2D_INT16 with random lines, clamps and output type."""
    op = BinaryConv2DInt16(window, channels, groups, pad_zero, 0, 0, 0, (0, 0))
    dtype, lines, fields = _lines(rng, op.products, out_channels)
    op = replace(op, **fields)
    known = _weights(rng, (out_channels, *window.kernel), channels // groups) | lines
    shape = (size[0], *window.output_size((size[1], size[2])), out_channels)
    return _case(rng, op, size, channels, known, tensor("y", shape, dtype, (0.01, 0)))


def dense_case(
    rng: np.random.Generator, features: int, out_channels: int, batches: int = 1, **constants: Any
) -> GraphCase:
    """BINARY_DENSE."""
    known = _weights(rng, (out_channels,), features)
    known["thresholds"] = random_thresholds(rng, features, out_channels)
    y = tensor("y", (batches, words_of(out_channels)), "int32")
    return _case(rng, BinaryDense(features), (batches,), features, known | constants, y)


def scaled_dense_case(rng: np.random.Generator, features: int, out_channels: int, batches: int = 1) -> GraphCase:
    """BINARY_DENSE_INT16 with random lines, clamps and output type."""
    dtype, lines, fields = _lines(rng, features, out_channels)
    known = _weights(rng, (out_channels,), features) | lines
    y = tensor("y", (batches, out_channels), dtype, (0.01, 0))
    return _case(rng, BinaryDenseInt16(features, **fields), (batches,), features, known, y)


def counted(case: GraphCase, sample: Array) -> Array:
    """d [N, height, width, O] of a convolution without groups, bit by bit as its definition says."""
    op, weights = case.network.nodes[0].op, case.network.tensors["weights"].values
    assert isinstance(op, BinaryConv2D | BinaryConv2DInt16)
    x, w = unpack_bits(sample, op.channels), unpack_bits(weights, op.channels)
    height, width = op.window.output_size((x.shape[1], x.shape[2]))
    d = np.zeros((x.shape[0], height, width, w.shape[0]), np.int64)
    for n, i, j, o in np.ndindex(d.shape):
        for ky, kx in np.ndindex(op.window.kernel):
            row = i * op.window.stride[0] + ky * op.window.dilation[0] - op.window.pad_top
            col = j * op.window.stride[1] + kx * op.window.dilation[1] - op.window.pad_left
            if 0 <= row < x.shape[1] and 0 <= col < x.shape[2]:
                d[n, i, j, o] += 2 * np.count_nonzero(x[n, row, col] != w[o, ky, kx])
            else:
                d[n, i, j, o] += op.channels if op.pad_zero else 2 * np.count_nonzero(w[o, ky, kx])
    return d


def _weights(rng: np.random.Generator, shape: Sequence[int], channels: int) -> dict[str, Array]:
    return {"weights": random_words(rng, shape, channels)}


def _lines(rng: np.random.Generator, products: int, channels: int) -> tuple[str, dict[str, Array], dict[str, Any]]:
    """Type of the output, multiplier and bias, and the fields d_low, d_high, shift and clamp."""
    dtype = str(rng.choice(["int16", "int8"]))
    info = np.iinfo(dtype)
    spread = info.max / (2.0 * products**0.5)
    slopes = rng.normal(size=channels) * spread
    intercepts = -slopes * products + rng.normal(size=channels) * info.max / 8
    d_low, d_high = sorted(int(d) for d in rng.integers(0, 2 * products + 1, 2))
    bounds = [(0, 2 * products), (0, products), (d_low, d_high), (products, MANY)][int(rng.integers(4))]
    clamps = [(info.min, info.max), (0, info.max), tuple(sorted(int(n) for n in rng.integers(info.min, info.max, 2)))]
    low, high = np.clip([0, 2 * products], *bounds)
    multiplier, bias, shift = affine_constants(slopes, intercepts, low, high)
    fields = {"d_low": bounds[0], "d_high": bounds[1], "shift": shift, "clamp": clamps[int(rng.integers(3))]}
    return dtype, {"multiplier": multiplier, "bias": bias}, fields


def _case(
    rng: np.random.Generator,
    op: Op,
    places: Sequence[int],
    channels: int,
    constants: dict[str, Any],
    y: Tensor,
) -> GraphCase:
    """With one sample of mixed bits, one of mostly ones, and one of ones alone."""
    x = tensor("x", (*places, words_of(channels)), "int32")
    inputs = [x, *(constant(name, data, "int32") for name, data in constants.items())]
    samples = [[random_words(rng, places, channels, ones)] for ones in (0.5, 0.9, 1.0)]
    return GraphCase(one_node(op, inputs, [y]), samples)

"""Layers of 8-bit data and weights of a bit, random and of any geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from support.bits import random_bits
from support.graph_case import GraphCase, constant, one_node, tensor

from edgeopt.bits import words_of
from edgeopt.ir import Array, Graph, Tensor
from edgeopt.ops._window import Window
from edgeopt.ops.binary._affine import affine_constants
from edgeopt.ops.binary.weight_conv2d import BinaryWeightConv2D
from edgeopt.ops.binary.weight_conv2d_int16 import BinaryWeightConv2DInt16


@dataclass(frozen=True)
class Layer:
    """Data [N, H, W, C], output channels, and what the operator is told."""

    shape: Sequence[int]
    channels: int
    window: Window
    groups: int = 1
    zero_point: int = -128
    pool: tuple[int, int] = (1, 1)
    changes: dict[str, Any] = field(default_factory=dict)  # tensors by name that stand for what a right layer has

    @property
    def taps(self) -> int:
        return prod(self.window.kernel) * self.shape[3] // self.groups

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the sums."""
        return self.window.output_size((self.shape[1], self.shape[2]))

    def tensors(self, **tensors: Tensor) -> list[Tensor]:
        x = tensor("x", self.shape, "int8", (0.05, self.zero_point))
        return [self.changes.get(name, value) for name, value in ({"x": x} | tensors).items()]

    def samples(self, rng: np.random.Generator) -> list[list[Array]]:
        """Random data, data at both ends, and the lowest and highest throughout."""
        data = [rng.integers(-128, 128, self.shape), rng.choice([-128, 127], self.shape)]
        return [[x.astype(np.int8)] for x in (*data, np.full(self.shape, -128), np.full(self.shape, 127))]


def to_bits(layer: Layer, weights: Array, thresholds: Any, any_mask: Array | None = None) -> Graph:
    height, width = (n // m for n, m in zip(layer.size, layer.pool, strict=True))
    y = tensor("y", (layer.shape[0], height, width, words_of(layer.channels)), "int32")
    mask = {} if any_mask is None else {"any_mask": constant("any_mask", any_mask, "int32")}
    inputs = layer.tensors(
        weights=constant("weights", weights, "int32"), thresholds=constant("thresholds", thresholds, "int32"), **mask
    )
    return one_node(BinaryWeightConv2D(layer.window, layer.groups, layer.pool), inputs, [y])


def to_integers(layer: Layer, weights: Array, lines: Any, dtype: str = "int16", **changes: Any) -> Graph:
    """`lines`: multiplier, bias and shift; `changes` of the attributes low, high, shift and clamp."""
    multiplier, bias, shift = lines
    info = np.iinfo(changes.pop("output", dtype))
    y = tensor("y", (layer.shape[0], *layer.size, layer.channels), dtype)
    inputs = layer.tensors(
        weights=constant("weights", weights, "int32"),
        multiplier=constant("multiplier", multiplier, "int32"),
        bias=constant("bias", bias, "int32"),
    )
    most = 255 * layer.taps
    attributes = {"low": -most, "high": most, "shift": shift, "clamp": (info.min, info.max)} | changes
    return one_node(BinaryWeightConv2DInt16(layer.window, layer.groups, **attributes), inputs, [y])


def random_layer(rng: np.random.Generator, **fixed: Any) -> Layer:
    """Any geometry but for what `fixed` gives: kernel, in_channels, groups, stride, dilation, channels or pool."""
    groups = fixed.get("groups", int(rng.choice([1, 1, 1, 2, 3])))
    kernel, stride, dilation = (
        fixed.get(name, (int(rng.integers(1, most)), int(rng.integers(1, most))))
        for name, most in (("kernel", 5), ("stride", 4), ("dilation", 3))
    )
    batch, height, width = (int(n) for n in rng.integers((1, 1, 1), (3, 11, 11)))
    padding = str(rng.choice(["SAME", "VALID"]))
    if any((k - 1) * d + 1 > n for k, d, n in zip(kernel, dilation, (height, width), strict=True)):
        padding = "SAME"
    window = Window.resolve(padding, (height, width), kernel, stride, dilation)
    in_channels = groups * fixed.get("in_channels", int(rng.integers(1, 9)))
    channels = groups * fixed.get("channels", int(rng.integers(1, 80)))
    out = window.output_size((height, width))
    any_pool = (int(rng.integers(1, 5)), int(rng.integers(1, 5)))
    wanted = fixed.get("pool", any_pool if rng.random() < 0.5 else (1, 1))
    pool = (min(wanted[0], out[0]), min(wanted[1], out[1]))
    zero_point = int(rng.choice([-128, 0, 127, int(rng.integers(-128, 128))]))
    return Layer((batch, height, width, in_channels), channels, window, groups, zero_point, pool)


def bits_case(rng: np.random.Generator, layer: Layer) -> GraphCase:
    """Thresholds among the sums, some of them out of reach or at the ends of 32 bits."""
    sums = rng.normal(0, 100 * layer.taps**0.5, layer.channels)
    offset = (-0.5 - layer.zero_point) * rng.normal(0, layer.taps**0.5, layer.channels)
    most = 255 * layer.taps
    ends = [-(2**31), 2**31 - 1, -most - 1, -most, most, most + 1, 0]
    thresholds = np.where(rng.random(layer.channels) < 0.2, rng.choice(ends, layer.channels), sums + offset)
    mask = random_bits(rng, layer.channels) if rng.random() < 0.7 else None
    weights = random_bits(rng, layer.channels, layer.taps)
    return GraphCase(to_bits(layer, weights, thresholds.astype(np.int64), mask), layer.samples(rng))


def integers_case(rng: np.random.Generator, layer: Layer, dtype: str) -> GraphCase:
    info, most = np.iinfo(dtype), 255 * layer.taps
    slope = rng.normal(0, 2 * info.max / (100 * layer.taps**0.5), layer.channels)
    multiplier, bias, shift = affine_constants(slope, rng.normal(0, info.max / 3, layer.channels), -most, most)
    changes: dict[str, Any] = {}
    if rng.random() < 0.5:
        low, high = sorted(int(n) for n in rng.integers(-most, most + 1, 2))
        changes = {"low": low, "high": high, "clamp": (info.min // 2, info.max // 3)}
    weights = random_bits(rng, layer.channels, layer.taps)
    graph = to_integers(layer, weights, (multiplier, bias, shift), dtype, **changes)
    return GraphCase(graph, layer.samples(rng))

"""Layers on bits, of random weights, as cases for the proofs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
from support.graph_case import GraphCase, constant, one_node, tensor

from edgeopt.bits import pack_bits, words_of
from edgeopt.ir import Array
from edgeopt.ops._window import Window
from edgeopt.ops.binary.conv2d import BinaryConv2D
from edgeopt.ops.binary.dense import BinaryDense


def random_words(rng: np.random.Generator, shape: Sequence[int], channels: int) -> Array:
    """int32 [*shape, words] of random bits, 0 behind the last channel."""
    return pack_bits(rng.integers(0, 2, (*shape, channels)))


def thresholds_near(rng: np.random.Generator, products: int, channels: int) -> Array:
    """Near the middle, so that bits are 0 and 1; some at and beyond both ends."""
    spread = max(2, 3 * int(products**0.5))
    near = np.clip(products + rng.integers(-spread, spread + 1, channels), -1, 2 * products)
    edges = rng.choice([-1, 0, 1, 2 * products - 1, 2 * products], channels)
    return np.where(rng.random(channels) < 0.2, edges, near).astype(np.int32)


def conv_case(
    rng: np.random.Generator,
    op: BinaryConv2D,
    size: tuple[int, int, int],
    out_channels: int,
    mask: bool = False,
    samples: int = 2,
    **constants: Any,
) -> GraphCase:
    """`op` on `size` = batches, height, width; `constants` (weights, thresholds) take the place of random ones."""
    x = tensor("x", (*size, words_of(op.channels)), "int32")
    group = op.channels // op.groups
    weights = constants.get("weights", random_words(rng, (out_channels, *op.window.kernel), group))
    thresholds = constants.get("thresholds", thresholds_near(rng, op.products, out_channels))
    inputs = [x, constant("weights", weights, "int32"), constant("thresholds", thresholds, "int32")]
    if mask:
        inputs.append(constant("any", random_words(rng, (), out_channels), "int32"))
    height, width = op.window.output_size((size[1], size[2]))
    y = tensor("y", (size[0], height // op.pool[0], width // op.pool[1], words_of(out_channels)), "int32")
    made = [[random_words(rng, size, op.channels)] for _ in range(samples)]
    return GraphCase(one_node(op, inputs, [y]), made)


def random_window(rng: np.random.Generator, size: tuple[int, int], padded: bool) -> Window:
    """Any kernel up to 4 x 4, stride, dilation and, if `padded`, padding on any side, that fits into `size`."""
    while True:
        kernel, stride, dilation = ((int(a), int(b)) for a, b in rng.integers(1, (5, 4, 3), (2, 3)).T)
        pads = (int(pad) for pad in rng.integers(0, 4 if padded else 1, 4))
        window = Window(kernel, stride, dilation, *pads)
        if min(window.output_size(size)) >= 1:
            return window

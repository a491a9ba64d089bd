"""Layers of int16 data with int16 weights, which no .tflite has: random ones, as graphs of one node."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from support.graph_case import GraphCase, one_node, tensor
from support.layers import random_window

from edgeopt.ir import Array, Graph, Quant, Tensor
from edgeopt.ops._window import Window
from edgeopt.ops.int16.conv2d import Conv2DInt16
from edgeopt.ops.int16.depthwise_conv2d import DepthwiseConv2DInt16
from edgeopt.ops.int16.fully_connected import FullyConnectedInt16

Random = np.random.Generator
WHOLE = (-32768, 32767)
ENDS = np.array(WHOLE, np.int16)


def weights(data: Any, scales: Sequence[float], axis: int = 0) -> Tensor:
    values = np.asarray(data, np.int16)
    return Tensor("w", values.shape, "int16", Quant(tuple(scales), (0,) * len(scales), axis), values)


def wide_bias(data: Any) -> Tensor:
    values = np.asarray(data, np.int64)
    return Tensor("b", values.shape, "int64", None, values)


def random_weights(rng: Random, shape: Sequence[int], axis: int, bits: int) -> Tensor:
    """Of so many bits, with one scale or one a channel."""
    largest = 2 ** (bits - 1) - 1
    scales = rng.uniform(0.5, 1.0, int(rng.choice([1, shape[axis]]))).astype(np.float32).tolist()
    return weights(rng.integers(-largest, largest + 1, shape), scales, axis)


def graph_of(rng: Random, op: Any, x: Sequence[int], w: Tensor, y: Sequence[int], axis: int, ratio: float) -> Graph:
    """The layer, its outputs about `ratio` times their range, and sometimes no bias."""
    largest = float(np.abs(w.values.astype(np.int64)).max()) + 1
    typical_sum = 32767 / 3**0.5 * largest / 3**0.5 * (w.elements / w.shape[axis]) ** 0.5
    spread = int(typical_sum)
    bias = [wide_bias(rng.integers(-spread, spread, w.shape[axis]))] if rng.random() < 0.8 else []
    scale = float(np.float32(typical_sum / 32767 / ratio))
    return one_node(op, [tensor("x", x, "int16", (1.0, 0)), w, *bias], [tensor("y", y, "int16", (scale, 0))])


def case_of(rng: Random, graph: Graph) -> GraphCase:
    """With random inputs, and with the ends of int16."""
    shape = graph.input_tensors[0].shape
    samples = [rng.integers(-32768, 32768, shape).astype(np.int16), rng.choice(ENDS, shape)]
    return GraphCase(graph, [[sample] for sample in samples])


def random_clamp(rng: Random) -> tuple[int, int]:
    return [WHOLE, WHOLE, (0, 32767), (-77, 20_000)][int(rng.integers(4))]


def _window(rng: Random, size: tuple[int, int]) -> Window:
    options, kernel, _ = random_window(rng, size)
    stride = options["stride_h"], options["stride_w"]
    return Window.resolve(
        options["padding"], size, kernel, stride, (options["dilation_h_factor"], options["dilation_w_factor"])
    )


def random_conv(rng: Random, bits: int) -> GraphCase:
    batch, height, width, inputs, outputs = (int(n) for n in rng.integers((1, 1, 1, 1, 1), (3, 9, 9, 9, 9)))
    groups, window = int(rng.choice([1, 1, 2, 3])), _window(rng, (height, width))
    w = random_weights(rng, (outputs * groups, *window.kernel, inputs), 0, bits)
    out = batch, *window.output_size((height, width)), outputs * groups
    op = Conv2DInt16(window, random_clamp(rng))
    return case_of(rng, graph_of(rng, op, (batch, height, width, inputs * groups), w, out, 0, random_ratio(rng)))


def random_pointwise(rng: Random, bits: int) -> GraphCase:
    height, width, words, outputs, stride = (int(n) for n in rng.integers(1, (8, 8, 12, 10, 4)))
    window = Window((1, 1), (stride, stride))
    w = random_weights(rng, (outputs, 1, 1, 4 * words), 0, bits)
    out = 1, *window.output_size((height, width)), outputs
    op = Conv2DInt16(window, random_clamp(rng))
    return case_of(rng, graph_of(rng, op, (1, height, width, 4 * words), w, out, 0, random_ratio(rng)))


def random_depthwise(rng: Random, bits: int) -> GraphCase:
    batch, height, width, channels = (int(n) for n in rng.integers(1, (3, 9, 9, 14)))
    multiplier, window = int(rng.choice([1, 1, 1, 2])), _window(rng, (height, width))
    w = random_weights(rng, (1, *window.kernel, channels * multiplier), 3, bits)
    out = batch, *window.output_size((height, width)), channels * multiplier
    op = DepthwiseConv2DInt16(window, random_clamp(rng))
    return case_of(rng, graph_of(rng, op, (batch, height, width, channels), w, out, 3, random_ratio(rng)))


def random_dense(rng: Random, bits: int) -> GraphCase:
    batch, inputs, outputs = (int(n) for n in rng.integers(1, (4, 90, 14)))
    w = random_weights(rng, (outputs, inputs), 0, bits)
    op = FullyConnectedInt16(random_clamp(rng))
    return case_of(rng, graph_of(rng, op, (batch, inputs), w, (batch, outputs), 0, random_ratio(rng)))


def random_ratio(rng: Random) -> float:
    """Of the outputs to their range: usually about all of it."""
    return float(rng.choice([0.3, 0.47, 0.47, 3.0, 1e-4]))


LAYERS: dict[str, Callable[[Random, int], GraphCase]] = {
    "conv": random_conv,
    "pointwise": random_pointwise,
    "depthwise": random_depthwise,
    "dense": random_dense,
}


def expected(graph: Graph, x: Array) -> Array:
    """The real outputs in steps, float64, by the definition and nothing of edgeopt's."""
    node, w, y = graph.nodes[0], graph.tensors["w"], graph.output_tensors[0]
    bias = graph.tensors["b"].values if "b" in graph.tensors else np.zeros(y.shape[-1], np.int64)
    sums = np.zeros(y.shape, object)
    for place in np.ndindex(*y.shape):
        sums[place] = int(bias[place[-1]]) + sum(_products(node.op, w.values, x, place, y.shape))
    factor = np.array(w.q.scales) * graph.input_tensors[0].q.scale / y.q.scale
    return np.clip(sums.astype(np.float64) * factor, *node.op.clamp)


def _products(op: Any, w: Array, x: Array, place: Sequence[int], out: Sequence[int]) -> list[int]:
    """The products of one output, as Python's integers."""
    channel = place[-1]
    if w.ndim == 2:
        return [int(a) * int(b) for a, b in zip(x[place[0]], w[channel], strict=True)]
    window, products = op.window, []
    depthwise = w.shape[0] == 1 and w.shape[3] == out[3] and isinstance(op, DepthwiseConv2DInt16)
    per_group = 1 if depthwise else w.shape[3]
    first = channel * x.shape[3] // out[3] // per_group * per_group
    for i, j in np.ndindex(*window.kernel):
        row = place[1] * window.stride[0] - window.pad_top + i * window.dilation[0]
        col = place[2] * window.stride[1] - window.pad_left + j * window.dilation[1]
        if 0 <= row < x.shape[1] and 0 <= col < x.shape[2]:
            taps = [w[0, i, j, channel]] if depthwise else w[channel, i, j]
            values = x[place[0], row, col, first : first + per_group]
            products += [int(a) * int(b) for a, b in zip(values, taps, strict=True)]
    return products

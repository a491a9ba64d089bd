"""Random networks whose layers can all be computed row by row: convolutions, pools, shortcuts, elementwise layers."""

from __future__ import annotations

import numpy as np
from support.graph_case import GraphCase
from support.networks import _Net as Net
from support.proof import random_array

from edgeopt.ir import Graph
from edgeopt.load import load_bytes
from edgeopt.optimize import optimize


def random_row_network(rng: np.random.Generator, samples: int = 2) -> GraphCase:
    """Three to eight layers on a map of 5 to 20 rows, sometimes with the mean of the map at the end."""
    graph = optimize(load_bytes(_Builder(rng).model(), "rows"))
    return GraphCase(graph, [_sample(graph, rng) for _ in range(samples)])


def pooled_row_network(rng: np.random.Generator, samples: int = 2) -> GraphCase:
    """A small input, large maps of it, and their mean: small only where no map exists as a whole."""
    graph = optimize(load_bytes(_Builder(rng).pooled_model(), "pooled"))
    return GraphCase(graph, [_sample(graph, rng) for _ in range(samples)])


def _sample(graph: Graph, rng: np.random.Generator) -> list[np.ndarray]:
    return [random_array(rng, tensor.shape, tensor.dtype) for tensor in graph.input_tensors]


class _Builder:
    """Grows a network from its input on."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._net = Net(int(rng.integers(1 << 30)))
        self._shape = (int(rng.integers(5, 21)), int(rng.integers(1, 9)), 4 * int(rng.integers(1, 4)))
        self._quant = 0.05, int(rng.integers(-100, 101))
        self._x = self._net.m.tensor((1, *self._shape), "int8", *self._quant)
        self._input = self._x

    def model(self) -> bytes:
        layers = [self._conv, self._conv, self._depthwise, self._depthwise, self._shortcut, self._pool, self._relu]
        for _ in range(int(self._rng.integers(3, 9))):
            layers[int(self._rng.integers(len(layers)))]()
        if self._rng.random() < 0.5:
            self._mean()
        return self._net.m.finish([self._input], [self._x])

    def pooled_model(self) -> bytes:
        height, width, channels = self._shape[0], self._shape[1], 32
        weights = self._net.weights(channels, 3, 1, self._shape[2], channels=channels)
        self._shape = height, width, channels
        self._put("CONV_2D", [self._x, *weights], {"padding": "SAME", "stride_h": 1, "stride_w": 1})
        if self._rng.random() < 0.5:
            self._depthwise()
        if self._rng.random() < 0.5:
            self._mean()
        else:
            height, width, _ = self._shape
            window = {"filter_height": height, "filter_width": width, "stride_h": 1, "stride_w": 1, "padding": "VALID"}
            y = self._net.m.tensor((1, 1, 1, channels), "int8", *self._quant)
            self._x = self._net.op("AVERAGE_POOL_2D", [self._x], y, window)
        return self._net.m.finish([self._input], [self._x])

    def _value(self, shape: tuple[int, ...], scale: float = 0.05) -> int:
        return self._net.value(1, *shape, scale=scale, zero_point=int(self._rng.integers(-100, 101)))

    def _window(self) -> tuple[int, int, int, dict[str, object]]:
        """(kernel height, kernel width, stride, options), which fit into the map."""
        height, width, _ = self._shape
        kernel = min(int(self._rng.integers(1, 5)), height), min(int(self._rng.integers(1, 4)), width)
        stride = int(self._rng.integers(1, 3))
        padding = ("SAME", "VALID")[int(self._rng.integers(2))]
        return *kernel, stride, {"padding": padding, "stride_h": stride, "stride_w": stride}

    def _after(self, kernel: tuple[int, int], stride: int, padding: object, channels: int) -> tuple[int, int, int]:
        height, width = (
            -(-(extent if padding == "SAME" else extent - k + 1) // stride)
            for extent, k in zip(self._shape[:2], kernel, strict=True)
        )
        return height, width, channels

    def _conv(self) -> None:
        kernel_height, kernel_width, stride, options = self._window()
        channels = 4 * int(self._rng.integers(1, 4))
        weights = self._net.weights(channels, kernel_height, kernel_width, self._shape[2], channels=channels)
        self._shape = self._after((kernel_height, kernel_width), stride, options["padding"], channels)
        self._put("CONV_2D", [self._x, *weights], options)

    def _depthwise(self) -> None:
        kernel_height, kernel_width, stride, options = self._window()
        channels = self._shape[2]
        weights = self._net.weights(1, kernel_height, kernel_width, channels, channels=channels, axis=3)
        self._shape = self._after((kernel_height, kernel_width), stride, options["padding"], channels)
        self._put("DEPTHWISE_CONV_2D", [self._x, *weights], {**options, "depth_multiplier": 1})

    def _shortcut(self) -> None:
        channels, shape = self._shape[2], self._shape
        inner = self._x
        for _ in range(int(self._rng.integers(1, 3))):
            y = self._value(shape)
            self._net.conv(inner, y, 3, channels, channels)
            inner = y
        self._put("ADD", [self._x, inner], {}, scale=0.08)

    def _pool(self) -> None:
        kernel_height, kernel_width, stride, options = self._window()
        self._shape = self._after((kernel_height, kernel_width), stride, options["padding"], self._shape[2])
        y = self._net.m.tensor((1, *self._shape), "int8", *self._quant)
        name = ("MAX_POOL_2D", "AVERAGE_POOL_2D")[int(self._rng.integers(2))]
        self._net.op(name, [self._x], y, {**options, "filter_height": kernel_height, "filter_width": kernel_width})
        self._x = y

    def _relu(self) -> None:
        self._put("RELU", [self._x], {}, scale=0.04)

    def _mean(self) -> None:
        axes = self._net.constant([1, 2])
        keep = bool(self._rng.integers(2))
        y = self._value((1, 1, self._shape[2]) if keep else (self._shape[2],), scale=0.03)
        self._x = self._net.op("MEAN", [self._x, axes], y, {"keep_dims": keep})

    def _put(self, name: str, inputs: list[int], options: dict[str, object], scale: float = 0.05) -> None:
        self._quant = scale, int(self._rng.integers(-100, 101))
        y = self._net.m.tensor((1, *self._shape), "int8", *self._quant)
        self._x = self._net.op(name, inputs, y, options)

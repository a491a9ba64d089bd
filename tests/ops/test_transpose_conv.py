"""TRANSPOSE_CONV against tflite-micro: random kernels, strides and paddings, also such as leave gaps in the output."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.host import SANITIZE, run_on_host
from support.oracle import run_tflm
from support.proof import Case, Value, assert_same, reference
from support.tflite_writer import ModelBuilder

from edgeopt.errors import MalformedModel, UnsupportedModel
from edgeopt.ir import Array
from edgeopt.load import load_bytes


@dataclass(frozen=True)
class _Layer:
    """A random layer; the weights are [out_channels, height, width, in_channels]."""

    x: Sequence[int]
    weights: Sequence[int]
    y: Sequence[int]
    options: dict[str, Any] = field(default_factory=dict)
    per_channel: bool = True
    has_bias: bool = True
    multiplier: float | None = None  # about; None fits it to the accumulators

    def model(self, rng: np.random.Generator) -> bytes:
        channels = self.weights[0]
        in_scale = float(np.exp(rng.uniform(-6, 1)))
        scales = np.exp(rng.uniform(-8, -2)) * rng.uniform(0.3, 1.0, channels if self.per_channel else 1)
        spread = 73 * 73 * np.sqrt(np.prod(self.weights[1:]))  # of a sum of products of uniform int8
        multiplier = 60 / spread if self.multiplier is None else self.multiplier
        m = ModelBuilder()
        shape = m.tensor((4,), "int32", data=self.y)
        w = m.tensor(self.weights, scale=scales.tolist(), data=rng.integers(-127, 128, self.weights))
        x = m.tensor(self.x, scale=in_scale, zero_point=int(rng.integers(-128, 128)))
        inputs = [shape, w, x]
        if self.has_bias:
            bias = rng.integers(-int(spread), int(spread) + 1, channels)
            inputs.append(m.tensor((channels,), "int32", scale=(in_scale * scales).tolist(), data=bias))
        scale = in_scale * float(scales.mean()) / multiplier
        y = m.tensor(self.y, scale=scale, zero_point=int(rng.integers(-128, 128)))
        m.op("TRANSPOSE_CONV", inputs, [y], {"padding": "SAME", "stride_h": 1, "stride_w": 1, **self.options})
        return m.finish([x], [y])


def _random_layer(rng: np.random.Generator) -> _Layer:
    kernel, stride = rng.integers(1, 6, 2), rng.integers(1, 4, 2)
    before, padding = rng.integers(1, 6, 2), str(rng.choice(["SAME", "VALID"]))
    after = before * stride if padding == "SAME" else (before - 1) * stride + kernel
    if rng.random() < 0.3:  # the input does not follow from the output's shape alone
        after = np.maximum(1, after + rng.integers(-2, 3, 2))
    inputs, outputs, batches = int(rng.integers(1, 9)), int(rng.integers(1, 9)), int(rng.integers(1, 3))
    return _Layer(
        (batches, *before.tolist(), inputs),
        (outputs, *kernel.tolist(), inputs),
        (batches, *after.tolist(), outputs),
        {"padding": padding, "stride_h": int(stride[0]), "stride_w": int(stride[1])},
        bool(rng.random() < 0.7),
        bool(rng.random() < 0.8),
        rng.choice([None, None, None, 0.3, 0.7, 1.5, 1e-4]),
    )


def _assert_exact(rng: np.random.Generator, layers: Sequence[_Layer], folder: Path, samples: int = 2) -> None:
    graphs, inputs = [], []
    for layer in layers:
        model = layer.model(rng)
        graphs.append(load_bytes(model, "net"))
        inputs.append([[rng.integers(-128, 128, layer.x).astype(np.int8)] for _ in range(samples)])
        for sample in inputs[-1]:
            assert_same(reference(graphs[-1], sample), run_tflm(model, sample), f"numpy != tflite-micro: {layer}")
    for path in ("-DEO_HAS_DSP=0", "-DEO_HAS_DSP=1"):  # the host has C forms of the instructions
        found = run_on_host(graphs, inputs, folder / path[-1], flags=["-std=c99", "-O1", *SANITIZE, path])
        for layer, graph, some, outputs in zip(layers, graphs, inputs, found, strict=True):
            for sample, output in zip(some, outputs, strict=True):
                assert_same(output, reference(graph, sample), f"C with {path} != numpy: {layer}")


class _Core(Case):
    """A layer as the test of every operator takes it."""

    def __init__(self, rng: np.random.Generator, layer: _Layer) -> None:
        sample: Array = rng.integers(-128, 128, layer.x).astype(np.int8)
        super().__init__("TRANSPOSE_CONV", (), Value(layer.y), samples=[[sample]])
        object.__setattr__(self, "_bytes", layer.model(rng))

    def model(self) -> bytes:
        return bytes(self._bytes)  # type: ignore[attr-defined]


def core_cases(rng: np.random.Generator) -> list[Case]:
    options = {"stride_h": 2, "stride_w": 2}
    return [_Core(rng, _Layer((1, 3, 4, 5), (3, 3, 3, 5), (1, 6, 8, 3), options))]


def test_equals_tflm_on_random_layers(tmp_path: Path, rng: np.random.Generator) -> None:
    _assert_exact(rng, [_random_layer(rng) for _ in range(40)], tmp_path)


def test_equals_tflm_where_the_kernel_is_smaller_than_the_stride(tmp_path: Path, rng: np.random.Generator) -> None:
    """Most outputs are the bias alone."""
    options = {"stride_h": 3, "stride_w": 5}
    shapes = ((1, 2, 3, 4), (3, 2, 1, 4))
    layers = [_Layer(*shapes, (1, *size, 3), {**options, "padding": p}) for size, p in _SIZES]
    _assert_exact(rng, layers, tmp_path)


_SIZES = (((6, 15), "SAME"), ((5, 11), "VALID"), ((1, 1), "SAME"), ((2, 3), "VALID"))


@pytest.mark.parametrize("activation", ["RELU", "RELU6"])
def test_clamps_to_the_fused_activation(activation: str, tmp_path: Path, rng: np.random.Generator) -> None:
    options = {"stride_h": 2, "stride_w": 2, "fused_activation_function": activation}
    _assert_exact(rng, [_Layer((1, 3, 3, 4), (3, 3, 3, 4), (1, 6, 6, 3), options)], tmp_path)


def _model(y: Sequence[int], weights: Sequence[int] = (3, 2, 2, 4), **options: Any) -> bytes:
    return _Layer((1, 3, 3, 4), weights, y, options).model(np.random.default_rng(0))


@pytest.mark.parametrize(("y", "weights"), [((2, 6, 6, 3), (3, 2, 2, 4)), ((1, 6, 6, 3), (3, 2, 2, 5))])
def test_refuses_channels_and_batches_that_differ(y: Sequence[int], weights: Sequence[int]) -> None:
    with pytest.raises(UnsupportedModel, match="its shape is one of the data's batches and the weights' channels"):
        load_bytes(_model(y, weights), "net")


@pytest.mark.parametrize("stride", [0, -1, 40_000])
def test_refuses_strides_that_make_no_sense(stride: int) -> None:
    with pytest.raises((UnsupportedModel, MalformedModel)):
        load_bytes(_model((1, 6, 6, 3), stride_h=stride), "net")

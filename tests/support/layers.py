"""Random models of one layer with weights, their scales chosen so that the outputs use the whole range."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from support.host import SANITIZE, run_on_host
from support.oracle import run_tflm
from support.proof import Case, Value, random_array
from support.tflite_writer import ModelBuilder

from edgeopt.ir import Array, evaluate
from edgeopt.load import load_bytes

Oracle = Callable[[bytes, Sequence[Array]], list[Array]]
ACTIVATIONS = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")


@dataclass
class Layer:
    """One layer as the writer needs it; `channel_axis` is the weights' output channels."""

    operator: str
    in_shape: Sequence[int]
    weights_shape: Sequence[int]
    out_shape: Sequence[int]
    channel_axis: int = 0
    per_channel: bool = True
    has_bias: bool = True
    weights_dtype: str = "int8"  # or int4
    real_multiplier: float | None = None  # about; None fits it to the accumulators
    options: dict[str, Any] = field(default_factory=dict)
    dtype: str = "int8"  # of the data
    bias_dtype: str = "int32"

    @property
    def fan_in(self) -> int:
        shape = list(self.weights_shape)
        del shape[self.channel_axis]
        return int(np.prod(shape))


def layer_model(rng: np.random.Generator, layer: Layer) -> bytes:
    """The .tflite file of the layer with random weights, bias, scales and zero points."""
    channels = layer.weights_shape[layer.channel_axis]
    in_scale = float(np.exp(rng.uniform(-6, 1)))
    weight_scales = np.exp(rng.uniform(-8, -2)) * rng.uniform(0.3, 1.0, channels if layer.per_channel else 1)
    largest = 7 if layer.weights_dtype == "int4" else 127
    largest_input = np.iinfo(layer.dtype).max
    # of products of uniform numbers
    typical_sum = largest_input / np.sqrt(3) * largest / np.sqrt(3) * np.sqrt(layer.fan_in)
    multiplier = 0.47 * largest_input / typical_sum if layer.real_multiplier is None else layer.real_multiplier
    out_scale = in_scale * float(weight_scales.mean()) / multiplier * float(np.exp(rng.uniform(-0.5, 0.5)))
    m = ModelBuilder()
    zero_points = (0, 0) if layer.dtype == "int16" else tuple(int(z) for z in rng.integers(-128, 128, 2))
    x = m.tensor(layer.in_shape, layer.dtype, scale=in_scale, zero_point=zero_points[0], name="x")
    weights = rng.integers(-largest, largest + 1, layer.weights_shape)
    described = {"scale": weight_scales, "axis": layer.channel_axis, "name": "w"}
    w = m.tensor(layer.weights_shape, layer.weights_dtype, data=weights, **described)
    inputs = [x, w]  # without a bias two inputs, not a third of -1: tflite-micro's depthwise convolution follows that
    if layer.has_bias:
        spread = int(typical_sum) + 1
        bias = rng.integers(-spread, spread, channels)
        inputs += [m.tensor([channels], layer.bias_dtype, scale=in_scale * weight_scales, data=bias, name="b")]
    y = m.tensor(layer.out_shape, layer.dtype, scale=out_scale, zero_point=zero_points[1], name="y")
    m.op(layer.operator, inputs, [y], layer.options)
    return m.finish([x], [y])


@dataclass(frozen=True)
class LayerCase(Case):
    """A layer's model as a case, for the tests on emulated cores."""

    file: bytes = b""

    def model(self) -> bytes:
        return self.file


def layer_case(rng: np.random.Generator, layer: Layer) -> Case:
    """The layer with random constants, and one random sample."""
    x, y = Value(layer.in_shape, dtype=layer.dtype), Value(layer.out_shape, dtype=layer.dtype)
    sample = [random_array(rng, layer.in_shape, layer.dtype)]
    return LayerCase(layer.operator, [x], y, layer.options, [sample], file=layer_model(rng, layer))


def out_size(padding: str, size: int, kernel: int, stride: int, dilation: int) -> int:
    """Written apart from edgeopt's own rule, from TFLite's documentation."""
    if padding == "SAME":
        return -(-size // stride)
    return -(-(size - (kernel - 1) * dilation) // stride)


def random_traits(rng: np.random.Generator) -> dict[str, Any]:
    """Arguments of Layer that any layer may have; some multipliers are outside of the kernels' short cut."""
    return {
        "per_channel": bool(rng.random() < 0.7),
        "has_bias": bool(rng.random() < 0.8),
        "real_multiplier": rng.choice([None, None, None, 0.3, 0.7, 1.5, 1e-4]),
    }


def random_window(rng: np.random.Generator, size: tuple[int, int]) -> tuple[dict[str, Any], tuple[int, int], list[int]]:
    """(options, kernel, output size) of a window that fits into `size`."""
    while True:
        kernel = tuple(int(k) for k in rng.integers(1, 6, 2))
        stride = tuple(int(s) for s in rng.integers(1, 4, 2))
        dilation = tuple(int(d) for d in rng.integers(1, 4, 2)) if rng.random() < 0.3 else (1, 1)
        padding = str(rng.choice(["SAME", "VALID"]))
        out = [out_size(padding, *axis) for axis in zip(size, kernel, stride, dilation, strict=True)]
        if min(out) >= 1:
            options = {"padding": padding, "stride_h": stride[0], "stride_w": stride[1]}
            options |= {"dilation_h_factor": dilation[0], "dilation_w_factor": dilation[1]}
            return options, (kernel[0], kernel[1]), out


def int16_traits(rng: np.random.Generator, bias_dtypes: Sequence[str] = ("int64", "int32")) -> dict[str, Any]:
    """Arguments of Layer that make it one of int16 data."""
    traits = {**random_traits(rng), "dtype": "int16", "bias_dtype": str(rng.choice(bias_dtypes))}
    return traits | {"real_multiplier": rng.choice([None, None, None, 0.3, 1.5, 40.0, 1e-6])}


def assert_exact(
    rng: np.random.Generator, layers: Sequence[Layer], folder: Path, samples: int = 3, oracle: Oracle = run_tflm
) -> None:
    """tflite-micro == numpy == C (under sanitizers), byte for byte, on random inputs."""
    models = [layer_model(rng, layer) for layer in layers]
    inputs = [[random_array(rng, layer.in_shape, layer.dtype) for _ in range(samples)] for layer in layers]
    assert_models_exact(models, inputs, folder, oracle)


def assert_models_exact(
    models: Sequence[bytes], inputs: Sequence[Sequence[Array]], folder: Path, oracle: Oracle = run_tflm
) -> None:
    """The same for models of one input `x` and one output `y`, and their inputs."""
    graphs = [load_bytes(model, "net") for model in models]
    expected = []
    for model, graph, values in zip(models, graphs, inputs, strict=True):
        results = [evaluate(graph, {"x": x})["y"] for x in values]
        for x, result in zip(values, results, strict=True):
            np.testing.assert_array_equal(result, oracle(model, [x])[0], err_msg=f"numpy != oracle: {graph}")
        expected.append(results)
    samples = [[[x] for x in values] for values in inputs]
    for path in ("-DEO_HAS_DSP=0", "-DEO_HAS_DSP=1"):  # the host has C forms of the instructions
        outputs = run_on_host(graphs, samples, folder / path[-1], flags=["-std=c99", "-O1", *SANITIZE, path])
        for graph, results, output in zip(graphs, expected, outputs, strict=True):
            for result, (values,) in zip(results, output, strict=True):
                np.testing.assert_array_equal(values, result, err_msg=f"C with {path} != numpy: {graph}")

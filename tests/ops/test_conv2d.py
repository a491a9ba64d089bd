"""CONV_2D: tflite-micro == numpy == C, and which kernel a layer gets."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.host import run_on_host
from support.layers import ACTIVATIONS, Layer, assert_exact, layer_model, random_traits, random_window
from support.oracle import run_tflm
from support.tflite_writer import ModelBuilder

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Target, evaluate
from edgeopt.load import load_bytes
from edgeopt.ops.conv2d import Conv2D

SEEDS = range(4)
LAYERS_PER_SEED = 12


def random_layer(rng: np.random.Generator) -> Layer:
    height, width = (int(n) for n in rng.integers(1, 9, 2))
    batch, groups = int(rng.integers(1, 3)), int(rng.choice([1, 1, 1, 2, 3]))
    group_inputs, group_outputs = (int(n) for n in rng.integers(1, 9, 2))
    options, kernel, out = random_window(rng, (height, width))
    options["fused_activation_function"] = str(rng.choice(ACTIVATIONS))
    return Layer(
        "CONV_2D",
        [batch, height, width, group_inputs * groups],
        [group_outputs * groups, *kernel, group_inputs],
        [batch, *out, group_outputs * groups],
        options=options,
        **random_traits(rng),
    )


def pointwise_layer(rng: np.random.Generator, stride: int = 1, batch: int = 1, in_channels: int = 8) -> Layer:
    height, width = (int(n) for n in rng.integers(1, 8, 2))
    channels = int(rng.integers(1, 10))
    out = [-(-height // stride), -(-width // stride)]
    return Layer(
        "CONV_2D",
        [batch, height, width, in_channels],
        [channels, 1, 1, in_channels],
        [batch, *out, channels],
        options={"padding": "SAME", "stride_h": stride, "stride_w": stride},
        **random_traits(rng),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_random_convolutions(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    assert_exact(rng, [random_layer(rng) for _ in range(LAYERS_PER_SEED)], tmp_path)


def test_pointwise_convolutions(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    layers = [pointwise_layer(rng, stride, batch) for stride in (1, 2, 3) for batch in (1, 2)]
    layers += [pointwise_layer(rng, in_channels=n) for n in (3, 4, 12, 64)]
    assert_exact(rng, layers, tmp_path)


@pytest.mark.parametrize(
    ("stride", "batch", "in_channels", "kernel"),
    [
        (1, 1, 8, "eo_conv2d_1x1_s8"),
        (2, 1, 8, "eo_conv2d_1x1_s8"),
        (1, 2, 8, "eo_conv2d_1x1_s8"),
        (2, 2, 8, "eo_conv2d_s8"),
        (1, 1, 6, "eo_conv2d_s8"),
    ],
)
def test_kernel_of_a_pointwise_layer(stride: int, batch: int, in_channels: int, kernel: str) -> None:
    graph = load_bytes(
        layer_model(np.random.default_rng(6), pointwise_layer(np.random.default_rng(7), stride, batch, in_channels)),
        "net",
    )
    (node,) = graph.nodes
    (call,) = node.op.c_calls(graph.io(node), Target())
    assert call.kernel == kernel


def test_scratch_of_a_3x3_layer_is_six_patches() -> None:
    rng = np.random.default_rng(8)
    layer = Layer("CONV_2D", [1, 8, 8, 16], [4, 3, 3, 16], [1, 8, 8, 4], options={"padding": "SAME"})
    graph = load_bytes(layer_model(rng, layer), "net")
    (call,) = graph.nodes[0].op.c_calls(graph.io(graph.nodes[0]), Target())
    assert call.scratch_bytes == 6 * 3 * 3 * 16


def test_bias_at_the_limits_of_int32(tmp_path: Path) -> None:
    """Dead channels of real networks have such a bias; the kernels' short cut must not be taken."""
    rng = np.random.default_rng(9)
    layer = Layer("CONV_2D", [1, 3, 3, 4], [6, 1, 1, 4], [1, 3, 3, 6], real_multiplier=1e-9)
    assert_exact(rng, [layer], tmp_path / "small")
    m = ModelBuilder()
    x = m.tensor([1, 3, 3, 4], scale=0.5, zero_point=-128, name="x")
    w = m.tensor([4, 1, 1, 4], scale=[1e-9, 1e-7, 1e-6, 1e-3], data=rng.integers(-127, 128, (4, 1, 1, 4)), name="w")
    b = m.tensor([4], "int32", scale=[1.0] * 4, data=[2**31 - 200_000, -(2**31) + 200_000, 2**30, -(2**30)], name="b")
    y = m.tensor([1, 3, 3, 4], scale=0.5, zero_point=3, name="y")
    m.op("CONV_2D", [x, w, b], [y], {"padding": "SAME"})
    assert_model_exact(m.finish([x], [y]), rng, tmp_path / "large")


def assert_model_exact(model: bytes, rng: np.random.Generator, folder: Path) -> None:
    graph = load_bytes(model, "net")
    x = rng.integers(-128, 128, graph.input_tensors[0].shape).astype(np.int8)
    expected = evaluate(graph, {"x": x})["y"]
    np.testing.assert_array_equal(expected, run_tflm(model, [x])[0])
    np.testing.assert_array_equal(run_on_host([graph], [[[x]]], folder)[0][0][0], expected)


def test_explicit_padding_equals_padding_the_input() -> None:
    rng = np.random.default_rng(10)
    layer = Layer("CONV_2D", [1, 6, 5, 3], [4, 3, 3, 3], [1, 4, 3, 4], options={"padding": "VALID"})
    graph = load_bytes(layer_model(rng, layer), "net")
    (node,) = graph.nodes
    padded = node.op.with_padding([(0, 0), (1, 2), (3, 0), (0, 0)])
    assert isinstance(padded, Conv2D)
    assert padded.window.output_size((3, 2)) == (4, 3)
    assert node.op.with_padding([(0, 0), (0, 0), (0, 0), (0, 1)]) is None
    assert node.op.with_padding([(1, 0), (0, 0), (0, 0), (0, 0)]) is None


def conv_with(**changes: Any) -> bytes:
    m = ModelBuilder()
    x = m.tensor([1, 4, 4, 4], scale=0.5, name="x", dtype=changes.get("dtype", "int8"))
    shape = changes.get("weights_shape", [4, 3, 3, 4])
    scale = changes.get("weights_scale", 0.1)
    zero_point, axis = changes.get("weights_zero_point", 0), changes.get("axis", 0)
    data = None if changes.get("variable") else np.ones(shape)
    w = m.tensor(shape, scale=scale, zero_point=zero_point, axis=axis, data=data, name="w")
    b = m.tensor([4], changes.get("bias", "int32"), scale=0.05, data=np.zeros(4), name="b")
    y = m.tensor([1, 4, 4, 4], scale=0.5, name="y")
    m.op("CONV_2D", [x, w, b], [y], {"padding": "SAME", "fused_activation_function": changes.get("act", "NONE")})
    return m.finish([x, w] if changes.get("variable") else [x], [y])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"dtype": "int16"}, "zero point 0"),
        ({"weights_zero_point": 3}, "symmetric"),
        ({"weights_scale": [0.1, 0.2, 0.3, 0.4], "axis": 3}, "one scale, or one an output channel"),
        ({"weights_shape": [4, 3, 3, 3]}, "groups divide"),
        ({"bias": "int16"}, "bias is a constant int32"),
        ({"variable": True}, "constant and int8"),
        ({"act": "TANH"}, "TANH"),
    ],
)
def test_what_is_not_supported_is_named(changes: dict[str, Any], sentence: str) -> None:
    load_bytes(conv_with(), "net")
    with pytest.raises(UnsupportedModel, match=sentence):
        load_bytes(conv_with(**changes), "net")

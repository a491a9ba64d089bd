"""DEPTHWISE_CONV_2D of int16: tflite-micro == numpy == C, sums of 32 and of 64 bits, what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.layers import (
    ACTIVATIONS,
    Layer,
    assert_exact,
    assert_models_exact,
    int16_traits,
    layer_case,
    layer_model,
    random_window,
)
from support.proof import Case
from support.tflite_writer import ModelBuilder

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Target
from edgeopt.load import load_bytes

LAYERS = 24


def random_layer(rng: np.random.Generator, channels: int | None = None, multiplier: int | None = None) -> Layer:
    height, width = (int(n) for n in rng.integers(1, 9, 2))
    batch = int(rng.integers(1, 3))
    in_channels = int(rng.integers(1, 12)) if channels is None else channels
    depth_multiplier = int(rng.choice([1, 1, 2, 3])) if multiplier is None else multiplier
    options, kernel, out = random_window(rng, (height, width))
    options |= {"fused_activation_function": str(rng.choice(ACTIVATIONS)), "depth_multiplier": depth_multiplier}
    return Layer(
        "DEPTHWISE_CONV_2D",
        [batch, height, width, in_channels],
        [1, *kernel, in_channels * depth_multiplier],
        [batch, *out, in_channels * depth_multiplier],
        channel_axis=3,
        options=options,
        **int16_traits(rng, ["int64"]),
    )


def wide_layer() -> Layer:
    options = {"padding": "VALID", "depth_multiplier": 1}
    shapes = [1, 41, 40, 5], [1, 40, 40, 5], [1, 2, 1, 5]
    return Layer("DEPTHWISE_CONV_2D", *shapes, channel_axis=3, options=options, dtype="int16", bias_dtype="int64")


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [layer_case(rng, layer) for layer in (random_layer(rng, 9, 1), random_layer(rng, 2, 3), wide_layer())]


def test_random_depthwise_convolutions(tmp_path: Path, rng: np.random.Generator) -> None:
    layers = [random_layer(rng) for _ in range(LAYERS)]
    assert_exact(rng, [*layers, *(random_layer(rng, n, 1) for n in (1, 3, 4, 5, 8))], tmp_path)


def test_sums_of_64_bits_where_32_might_not_do(tmp_path: Path, rng: np.random.Generator) -> None:
    model = layer_model(rng, wide_layer())
    graph = load_bytes(model, "net")
    (call,) = graph.nodes[0].op.c_calls(graph.io(graph.nodes[0]), Target())
    assert call.params["bias"] is None
    ends = [np.full([1, 41, 40, 5], end, np.int16) for end in (-32768, 32767)]
    assert_models_exact([model], [ends], tmp_path)


def with_bias(dtype: str, data: Any) -> bytes:
    m = ModelBuilder()
    x = m.tensor([1, 2, 2, 3], "int16", scale=0.01, name="x")
    w = m.tensor([1, 1, 1, 3], scale=0.1, data=[[[[1, 2, 3]]]], name="w")
    y = m.tensor([1, 2, 2, 3], "int16", scale=0.03, name="y")
    m.op("DEPTHWISE_CONV_2D", [x, w, m.tensor([3], dtype, scale=0.001, data=data)], [y], {"padding": "SAME"})
    return m.finish([x], [y])


def test_a_bias_of_32_bits_is_refused() -> None:
    """tflite-micro reads it as if it were int64."""
    load_bytes(with_bias("int64", [1, 2, 3]), "net")
    with pytest.raises(UnsupportedModel, match="bias is a constant int64, one a channel"):
        load_bytes(with_bias("int32", [1, 2, 3]), "net")
    with pytest.raises(UnsupportedModel, match=r"sums stay below 2\^47"):
        load_bytes(with_bias("int64", [1, 2, -(2**63)]), "net")

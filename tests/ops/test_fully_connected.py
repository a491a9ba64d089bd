"""FULLY_CONNECTED: tflite-micro == numpy == C."""

from pathlib import Path

import numpy as np
import pytest
from support.layers import ACTIVATIONS, Layer, assert_exact, random_traits
from support.oracle import run_tflm
from support.tflite_writer import ModelBuilder

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import evaluate
from edgeopt.load import load_bytes
from edgeopt.quantmath import quantize_multiplier, requantize

SEEDS = range(4)
LAYERS_PER_SEED = 12


def random_layer(rng: np.random.Generator) -> Layer:
    batch, inputs, channels = int(rng.integers(1, 4)), int(rng.integers(1, 70)), int(rng.integers(1, 14))
    keep = bool(rng.random() < 0.3)
    return Layer(
        "FULLY_CONNECTED",
        [batch, 2, inputs] if keep else [batch, inputs],
        [channels, inputs],
        [batch, 2, channels] if keep else [batch, channels],
        options={"fused_activation_function": str(rng.choice(ACTIVATIONS)), "keep_num_dims": keep},
        **random_traits(rng),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_random_dense_layers(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    assert_exact(rng, [random_layer(rng) for _ in range(LAYERS_PER_SEED)], tmp_path)


def test_an_input_of_more_dimensions_is_flattened(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    assert_exact(rng, [Layer("FULLY_CONNECTED", [2, 2, 3, 5], [7, 30], [2, 7])], tmp_path)


@pytest.mark.parametrize("per_channel", [False, True])
def test_the_scales_are_multiplied_in_double(per_channel: bool) -> None:
    """TFLM's versions differ in this; here are all biases on which a float32 product would show."""
    in_scale, weights_scale = (float(np.float32(scale)) for scale in (0.1, 0.3))
    out_scale = float(np.float32(in_scale * weights_scale * 2**21))
    in_double = quantize_multiplier(in_scale * weights_scale / out_scale)
    in_float32 = quantize_multiplier(float(np.float32(in_scale) * np.float32(weights_scale)) / out_scale)
    near_halves = np.arange(-100, 100)[:, None] * 2**21 + 2**20 + np.arange(-3, 4)
    bias = near_halves[requantize(near_halves, *in_double) != requantize(near_halves, *in_float32)]
    assert bias.size > 50
    m = ModelBuilder()
    x = m.tensor([1, 1], scale=in_scale, name="x")
    scales = [weights_scale] * bias.size if per_channel else weights_scale
    w = m.tensor([bias.size, 1], scale=scales, data=np.zeros(bias.size), name="w")
    b = m.tensor([bias.size], "int32", scale=in_scale * weights_scale, data=bias, name="b")
    y = m.tensor([1, bias.size], scale=out_scale, name="y")
    m.op("FULLY_CONNECTED", [x, w, b], [y])
    model = m.finish([x], [y])
    values = np.zeros((1, 1), np.int8)
    np.testing.assert_array_equal(evaluate(load_bytes(model, "net"), {"x": values})["y"], run_tflm(model, [values])[0])


def test_shuffled_weights_are_refused() -> None:
    m = ModelBuilder()
    x = m.tensor([1, 4], scale=0.5, name="x")
    w = m.tensor([2, 4], scale=0.5, data=np.ones((2, 4)), name="w")
    y = m.tensor([1, 2], scale=0.5, name="y")
    m.op("FULLY_CONNECTED", [x, w], [y], {"weights_format": "SHUFFLED4x16INT8"})
    with pytest.raises(UnsupportedModel, match="shuffled"):
        load_bytes(m.finish([x], [y]), "net")

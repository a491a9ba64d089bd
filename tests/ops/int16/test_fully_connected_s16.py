"""FULLY_CONNECTED of int16: tflite-micro == numpy == C, sums of 32 and of 64 bits."""

from pathlib import Path

import numpy as np
from support.layers import ACTIVATIONS, Layer, assert_exact, assert_models_exact, int16_traits, layer_case
from support.proof import Case
from support.tflite_writer import ModelBuilder

from edgeopt.ir import Target
from edgeopt.load import load_bytes

LAYERS = 24


def random_layer(rng: np.random.Generator) -> Layer:
    batch, inputs, channels = int(rng.integers(1, 4)), int(rng.integers(1, 70)), int(rng.integers(1, 14))
    keep = bool(rng.random() < 0.3)
    return Layer(
        "FULLY_CONNECTED",
        [batch, 2, inputs] if keep else [batch, inputs],
        [channels, inputs],
        [batch, 2, channels] if keep else [batch, channels],
        options={"fused_activation_function": str(rng.choice(ACTIVATIONS)), "keep_num_dims": keep},
        **int16_traits(rng),
    )


def wide_layer(inputs: int = 1600) -> Layer:
    return Layer("FULLY_CONNECTED", [2, inputs], [5, inputs], [2, 5], dtype="int16", bias_dtype="int64")


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [layer_case(rng, layer) for layer in (random_layer(rng), wide_layer())]


def test_random_dense_layers(tmp_path: Path, rng: np.random.Generator) -> None:
    layers = [random_layer(rng) for _ in range(LAYERS)]
    layers += [Layer("FULLY_CONNECTED", [2, 2, 3, 5], [7, 30], [2, 7], dtype="int16", bias_dtype="int64")]
    assert_exact(rng, [*layers, *(wide_layer(n) for n in (1100, 1524, 1601))], tmp_path)


def test_sums_of_64_bits_where_32_might_not_do(tmp_path: Path) -> None:
    for inputs, is_wide in ((515, False), (600, True), (3000, True)):
        m = ModelBuilder()
        x = m.tensor([1, inputs], "int16", scale=1e-4, name="x")
        rows = 127 * np.array([1, -1, 1])[:, None] * np.ones([3, inputs])
        w = m.tensor([3, inputs], scale=1e-3, data=rows, name="w")
        b = m.tensor([3], "int64", scale=1e-7, data=[10**6, -(10**6), 0], name="b")
        y = m.tensor([1, 3], "int16", scale=0.1, name="y")
        m.op("FULLY_CONNECTED", [x, w, b], [y])
        model = m.finish([x], [y])
        graph = load_bytes(model, "net")
        (call,) = graph.nodes[0].op.c_calls(graph.io(graph.nodes[0]), Target())
        assert (call.params["wide_bias"] is not None) == is_wide
        ends = [np.full([1, inputs], end, np.int16) for end in (-32768, 32767)]
        assert_models_exact([model], [ends], tmp_path / str(inputs))

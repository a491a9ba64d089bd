"""CONV_2D of int16: tflite-micro == numpy == C, sums of 32 and of 64 bits, what is refused."""

from collections.abc import Sequence
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
    random_window,
)
from support.proof import Case
from support.tflite_writer import ModelBuilder

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import CCall, Target
from edgeopt.load import load_bytes

LAYERS = 24


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
        **int16_traits(rng),
    )


def pointwise_layer(rng: np.random.Generator, stride: int = 1, batch: int = 1, in_channels: int = 8) -> Layer:
    height, width = (int(n) for n in rng.integers(1, 8, 2))
    channels = int(rng.integers(1, 10))
    return Layer(
        "CONV_2D",
        [batch, height, width, in_channels],
        [channels, 1, 1, in_channels],
        [batch, -(-height // stride), -(-width // stride), channels],
        options={"padding": "SAME", "stride_h": stride, "stride_w": stride},
        **int16_traits(rng),
    )


def core_cases(rng: np.random.Generator) -> list[Case]:
    deep = Layer("CONV_2D", [1, 1, 3, 1100], [3, 1, 1, 1100], [1, 1, 3, 3], dtype="int16", bias_dtype="int64")
    return [layer_case(rng, layer) for layer in (random_layer(rng), pointwise_layer(rng), deep)]


def test_random_convolutions(tmp_path: Path, rng: np.random.Generator) -> None:
    assert_exact(rng, [random_layer(rng) for _ in range(LAYERS)], tmp_path)


def test_pointwise_convolutions(tmp_path: Path, rng: np.random.Generator) -> None:
    layers = [pointwise_layer(rng, stride, batch) for stride in (1, 2, 3) for batch in (1, 2)]
    assert_exact(rng, [*layers, *(pointwise_layer(rng, in_channels=n) for n in (3, 4, 12, 64))], tmp_path)


def full_of(weight: int, inputs: int, bias: Sequence[int], bias_dtype: str = "int64", **changes: Any) -> bytes:
    """A pointwise layer, all of its weights the same, up to signs; a column's width of 3 to be padded if asked for."""
    m = ModelBuilder()
    x = m.tensor([1, 1, 3, inputs], "int16", scale=1e-4, zero_point=changes.get("zero_point", 0), name="x")
    width = changes.get("kernel_width", 1)
    rows = weight * np.array([1, -1, 1, -1, 1])[:, None, None, None] * np.ones([5, 1, width, inputs])
    w = m.tensor(rows.shape, scale=changes.get("weights_scale", 1e-3), data=rows, name="w")
    b = m.tensor([5], bias_dtype, scale=1e-7, data=bias, name="b")
    y = m.tensor([1, 1, 3, 5], "int16", scale=changes.get("out_scale", 0.01), name="y")
    m.op("CONV_2D", [x, w, b], [y], {"padding": "SAME"})
    return m.finish([x], [y])


def call_of(model: bytes) -> CCall:
    graph = load_bytes(model, "net")
    (call,) = graph.nodes[0].op.c_calls(graph.io(graph.nodes[0]), Target())
    return call


def test_sums_of_64_bits_where_32_might_not_do(tmp_path: Path) -> None:
    """The largest inputs times the largest weights: 515 of them fit with a small bias."""
    bias = [1000, -1000, 0, 5, 6]
    narrow = [full_of(127, 516, bias), full_of(-127, 172, bias, kernel_width=3)]
    wide = [full_of(127, 520, bias), full_of(-128, 171, bias, kernel_width=3), full_of(1, 4, [2**40, *bias[1:]])]
    assert [call_of(model).params["wide_bias"] is None for model in narrow] == [True, True]
    assert [call_of(model).params["bias"] is None for model in wide] == [True, True, True]
    ends = [np.array([low, high] * 3)[:3] for low, high in ((-32768, 32767), (32767, 32767), (-32768, -32768))]
    models = [*narrow, *wide]
    shapes = [load_bytes(model, "net").input_tensors[0].shape for model in models]
    inputs = [[np.broadcast_to(row[:, None], shape).astype(np.int16) for row in ends] for shape in shapes]
    assert_models_exact(models, inputs, tmp_path)


def test_sums_wrap_with_an_int32_bias_as_in_tflm(tmp_path: Path) -> None:
    models = [full_of(127, 600, [2**31 - 1, 2**30, 0, -(2**31), 7], "int32")]
    assert_models_exact(models, [[np.full([1, 1, 3, 600], end, np.int16) for end in (-32768, 32767)]], tmp_path)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"zero_point": 3}, "int16, quantized per tensor with zero point 0"),
        ({"bias_dtype": "int16", "bias": [1] * 5}, "bias is a constant int64 or int32"),
        ({"bias": [2**47, 0, 0, 0, 0]}, r"sums stay below 2\^47"),
        ({"out_scale": 1e-10}, r"ratio below 2\^7"),
    ],
)
def test_what_is_not_supported_is_named(changes: dict[str, Any], sentence: str) -> None:
    arguments: dict[str, Any] = {"weight": 3, "inputs": 4, "bias": [1] * 5}
    load_bytes(full_of(**arguments), "net")
    with pytest.raises(UnsupportedModel, match=sentence):
        load_bytes(full_of(**arguments | changes), "net")

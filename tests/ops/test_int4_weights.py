"""Weights of 4 bits: the layer computes what it would with the same weights in 8, and they take half the flash."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import flatbuffers
import numpy as np
import pytest
from support.layers import ACTIVATIONS, Layer, assert_exact, layer_model, random_traits, random_window
from support.on_core import run_on_core
from support.oracle import run_tflm
from support.proof import assert_same, reference
from support.tflite_writer import ModelBuilder, schema

from edgeopt.emit.model_source import constant_bytes
from edgeopt.errors import MalformedModel, UnsupportedModel
from edgeopt.ir import Array, Target
from edgeopt.load import load_bytes
from edgeopt.ops.ways import PLAIN
from edgeopt.plan import plan

CORES = ("cortex-m0plus", "cortex-m3", "cortex-m4f")
Random = np.random.Generator


def random_conv(rng: Random) -> Layer:
    height, width = (int(n) for n in rng.integers(1, 9, 2))
    groups = int(rng.choice([1, 1, 2, 3]))
    group_inputs, group_outputs = (int(n) for n in rng.integers(1, 10, 2))
    options, kernel, out = random_window(rng, (height, width))
    return Layer(
        "CONV_2D",
        [1, height, width, group_inputs * groups],
        [group_outputs * groups, *kernel, group_inputs],
        [1, *out, group_outputs * groups],
        options=options | {"fused_activation_function": str(rng.choice(ACTIVATIONS))},
        weights_dtype="int4",
        **random_traits(rng),
    )


def random_pointwise(rng: Random) -> Layer:
    height, width, words, channels = (int(n) for n in rng.integers(1, 8, 4))
    shapes = [1, height, width, 4 * words], [channels, 1, 1, 4 * words], [1, height, width, channels]
    return Layer("CONV_2D", *shapes, options={"padding": "SAME"}, weights_dtype="int4", **random_traits(rng))


def random_depthwise(rng: Random) -> Layer:
    height, width, channels = (int(n) for n in rng.integers((1, 1, 1), (9, 9, 14)))
    multiplier = int(rng.choice([1, 1, 1, 2, 3]))
    options, kernel, out = random_window(rng, (height, width))
    return Layer(
        "DEPTHWISE_CONV_2D",
        [2, height, width, channels],
        [1, *kernel, channels * multiplier],
        [2, *out, channels * multiplier],
        channel_axis=3,
        options=options | {"depth_multiplier": multiplier},
        weights_dtype="int4",
        **random_traits(rng),
    )


def random_dense(rng: Random) -> Layer:
    batch, inputs, channels = (int(n) for n in rng.integers((1, 1, 1), (4, 70, 14)))
    shapes = [batch, inputs], [channels, inputs], [batch, channels]
    return Layer("FULLY_CONNECTED", *shapes, weights_dtype="int4", **random_traits(rng))


LAYERS: dict[str, Callable[[Random], Layer]] = {
    "conv": random_conv,
    "pointwise": random_pointwise,
    "depthwise": random_depthwise,
    "dense": random_dense,
}


def by_int8_layer(model: bytes, inputs: Sequence[Array]) -> list[Array]:
    """tflite-micro on the same model with its weights unpacked, for the one layer whose int4 form it lacks."""
    copy = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0))
    for tensor in copy.subgraphs[0].tensors:
        if tensor.type == schema.TensorType.INT4:
            tensor.type, buffer = schema.TensorType.INT8, copy.buffers[tensor.buffer]
            values = [v - 16 if v > 7 else v for byte in buffer.data for v in (int(byte) & 15, int(byte) >> 4)]
            buffer.data = np.array(values[: int(np.prod(tensor.shape))], np.int8).view(np.uint8)
    builder = flatbuffers.Builder(1024)
    builder.Finish(copy.Pack(builder), b"TFL3")
    return run_tflm(bytes(builder.Output()), inputs)


@pytest.mark.parametrize("kind", LAYERS)
def test_random_layers(kind: str, tmp_path: Path, rng: Random) -> None:
    layers = [LAYERS[kind](rng) for _ in range(16)]
    if kind == "dense":  # tflite-micro has it with one scale for all channels
        assert_exact(rng, [replace(layer, per_channel=True) for layer in layers], tmp_path / "c", oracle=by_int8_layer)
        layers = [replace(layer, per_channel=False) for layer in layers]
    assert_exact(rng, layers, tmp_path)


def test_the_largest_sums_of_a_layer_fit(tmp_path: Path) -> None:
    """65,536 products of -8 and -128, times the 16 that the kernels carry along: 2^30."""
    inputs = 65_536
    m = ModelBuilder()
    x = m.tensor([1, inputs], scale=1.0, zero_point=0)
    w = m.tensor([3, inputs], "int4", scale=1.0, data=np.repeat([[-8], [7], [-8]], inputs, axis=1))
    y = m.tensor([1, 3], scale=float(2**20), zero_point=0)
    m.op("FULLY_CONNECTED", [x, w], [y])
    model = m.finish([x], [y])
    graph, sample = load_bytes(model, "net"), [np.full((1, inputs), -128, np.int8)]
    assert reference(graph, sample)[0].tolist() == [[64, -56, 64]]
    assert_same(reference(graph, sample), run_tflm(model, sample), "numpy and tflite-micro")
    for core in CORES:
        outputs, _ = run_on_core(graph, [sample], core, tmp_path / core)
        assert_same(outputs[0], reference(graph, sample), core)


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("kind", LAYERS)
def test_on_cores(kind: str, core: str, tmp_path: Path, rng: Random) -> None:
    for index in range(2):
        layer = LAYERS[kind](rng)
        graph = load_bytes(layer_model(rng, layer), "net")
        sample = [rng.integers(-128, 128, layer.in_shape).astype(np.int8)]
        outputs, _ = run_on_core(graph, [sample], core, tmp_path / str(index))
        assert_same(outputs[0], reference(graph, sample), f"{core}: {layer}")


@pytest.mark.parametrize(
    ("layer", "kernel"),
    [
        (Layer("CONV_2D", [1, 8, 8, 16], [8, 3, 3, 16], [1, 8, 8, 8]), "eo_conv2d_w4_s8"),
        (Layer("CONV_2D", [1, 8, 8, 16], [8, 1, 1, 16], [1, 8, 8, 8]), "eo_conv2d_1x1_w4_s8"),
        (
            Layer("DEPTHWISE_CONV_2D", [1, 8, 8, 16], [1, 3, 3, 16], [1, 8, 8, 16], 3),
            "eo_depthwise_conv2d_w4_s8",
        ),
        (
            Layer("DEPTHWISE_CONV_2D", [1, 8, 8, 2], [1, 3, 3, 2], [1, 8, 8, 2], 3),
            "eo_depthwise_conv2d_any_w4_s8",
        ),
        (Layer("FULLY_CONNECTED", [1, 64], [12, 64], [1, 12], per_channel=False), "eo_dense_w4_s8"),
    ],
)
def test_weights_take_half_the_flash(layer: Layer, kernel: str) -> None:
    """Of the weights array itself, and of all constants, where both are computed by the plain kernel."""
    flash = {}
    for dtype in ("int8", "int4"):
        model = layer_model(np.random.default_rng(1), replace(layer, weights_dtype=dtype))
        flash[dtype] = constant_bytes(plan(load_bytes(model, "net"), Target(only=PLAIN)))
    graph = load_bytes(model, "net")
    (call,) = graph.nodes[0].op.c_calls(graph.io(graph.nodes[0]), Target())
    packed, count = call.params["weights"], int(np.prod(layer.weights_shape))
    assert isinstance(packed, np.ndarray)
    assert (call.kernel, packed.nbytes) == (kernel, count // 2)
    assert flash["int8"] - flash["int4"] == count // 2


def test_odd_numbers_of_weights_share_bytes() -> None:
    m = ModelBuilder()
    values = [-8, 7, -1, 0, 3]
    x, y = m.tensor([1, 5], scale=0.5), m.tensor([1, 1], scale=0.5)
    w = m.tensor([1, 5], "int4", scale=0.1, data=values, name="w")
    m.op("FULLY_CONNECTED", [x, w], [y])
    tensor = load_bytes(m.finish([x], [y]), "net").tensors["w"]
    assert (tensor.dtype, tensor.values.dtype, tensor.size_bytes) == ("int4", np.int8, 3)
    assert tensor.values.tolist() == [values]


def test_int4_is_for_weights() -> None:
    m = ModelBuilder()
    x, w = m.tensor([1, 4], scale=0.5), m.tensor([2, 4], "int4", scale=0.1, name="w")
    y = m.tensor([1, 2], scale=0.5)
    m.op("FULLY_CONNECTED", [x, w], [y])
    with pytest.raises(UnsupportedModel, match="`w` is int4 and not constant"):
        load_bytes(m.finish([x, w], [y]), "net")


def test_data_of_another_length_is_told() -> None:
    m = ModelBuilder()
    x, y = m.tensor([1, 5], scale=0.5), m.tensor([1, 1], scale=0.5)
    w = m.tensor([1, 5], "int4", scale=0.1, data=np.zeros(5), name="w")
    m.op("FULLY_CONNECTED", [x, w], [y])

    def cut(model: object) -> None:
        model.buffers[1].data = model.buffers[1].data[:2]  # type: ignore[attr-defined]

    with pytest.raises(MalformedModel, match=r"`w` \[1, 5\] of int4 has 2 bytes of data, not 3"):
        load_bytes(m.finish([x], [y], cut), "net")

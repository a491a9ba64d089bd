"""The four networks of MLPerf Tiny, as they are found in the wild."""

from pathlib import Path

import pytest

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Quant
from edgeopt.load import load


@pytest.mark.parametrize(
    ("model", "macs", "layers", "interface"),
    [
        ("kws_dscnn", 2_656_768, 13, {"input_1": (1, 49, 10, 1), "Identity": (1, 12)}),
        ("ic_resnet8", 12_501_632, 16, {"input_1_int8": (1, 32, 32, 3), "Identity_int8": (1, 10)}),
        ("vww_mobilenet", 7_489_664, 31, {"input_1_int8": (1, 96, 96, 3), "Identity_int8": (1, 2)}),
        ("ad_autoencoder", 264_192, 10, {"input_1": (1, 640), "Identity": (1, 640)}),
    ],
)
def test_macs_names_and_shapes(
    shared_models: Path, model: str, macs: int, layers: int, interface: dict[str, tuple[int, ...]]
) -> None:
    graph = load(shared_models / f"{model}_int8.tflite")
    assert graph.name == f"{model}_int8"
    assert graph.macs == macs
    assert len(graph.nodes) == layers
    assert {t.name: t.shape for t in (*graph.input_tensors, *graph.output_tensors)} == interface
    assert all(tensor.dtype == "int8" for tensor in (*graph.input_tensors, *graph.output_tensors))


def test_layers_of_kws(shared_models: Path) -> None:
    graph = load(shared_models / "kws_dscnn_int8.tflite")
    assert [node.name for node in graph.nodes] == [
        "conv2d",
        *(name for i in range(1, 5) for name in (f"depthwise_conv2d{f'_{i - 1}' if i > 1 else ''}", f"conv2d_{i}")),
        "average_pooling2d",
        "flatten",
        "dense",
        "softmax",
    ]
    weights, bias = (graph.tensors[name or ""] for name in graph.nodes[0].inputs[1:3])
    assert (weights.shape, weights.dtype, bias.shape, bias.dtype) == ((64, 10, 4, 1), "int8", (64,), "int32")
    assert weights.q.per_channel
    assert len(weights.q.scales) == len(bias.q.scales) == 64
    assert graph.input_tensors[0].quant == Quant((0.5847029089927673,), (83,))
    assert graph.output_tensors[0].quant == Quant((2**-8,), (-128,))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("kws_dscnn_float", "a float model$"),
        ("kws_dscnn_hybrid", r"float activations and int8 weights \(hybrid: dynamic-range quantization\)$"),
    ],
)
def test_float_and_hybrid_are_refused_in_one_line(shared_models: Path, model: str, message: str) -> None:
    with pytest.raises(UnsupportedModel, match=f"`{model}`: {message}") as caught:
        load(shared_models / f"{model}.tflite")
    assert "\n" not in caught.value.message
    assert "edgeopt convert" in caught.value.hint

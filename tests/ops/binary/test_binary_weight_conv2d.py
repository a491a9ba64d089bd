"""BINARY_WEIGHT_CONV_2D: its five kernels on random geometry, its instructions, its constants, what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.bits import random_bits
from support.graph_case import GraphCase, constant, prove_graphs, tensor
from support.on_core import run_on_core
from support.proof import assert_same, reference
from support.signed_weights import Layer, bits_case, random_layer, to_bits

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import CCall, Graph, Target
from edgeopt.ops._window import Window

SAME = Window.resolve("SAME", (32, 32), (3, 3), (1, 1))
FIRST_OF_MNIST = Layer((1, 28, 28, 1), 32, Window((3, 3)), pool=(2, 2))
FIRST_OF_CIFAR = Layer((1, 32, 32, 3), 32, SAME, zero_point=3)
DEEP = Layer((1, 8, 8, 16), 32, Window((3, 3)), zero_point=3)
# instructions of an inference, a little above what was counted with gcc 12 -O2
BOUNDS = [
    (FIRST_OF_MNIST, "cortex-m4f", 150_000),
    (FIRST_OF_MNIST, "cortex-m0plus", 250_000),
    (FIRST_OF_CIFAR, "cortex-m4f", 850_000),
    (FIRST_OF_CIFAR, "cortex-m0plus", 1_640_000),
    (DEEP, "cortex-m4f", 183_000),
    (DEEP, "cortex-m0plus", 275_000),
]


def call_of(graph: Graph) -> CCall:
    (call,) = graph.nodes[0].op.c_calls(graph.io(graph.nodes[0]), Target())
    return call


def small_layers(rng: np.random.Generator, count: int) -> list[Layer]:
    """For each of the kernels in turn."""
    patches = {"kernel": (3, 3), "in_channels": 1, "groups": 1, "stride": (1, 1), "dilation": (1, 1)}
    kinds: list[dict[str, Any]] = [
        patches | {"pool": (1, 1)},
        patches | {"pool": (2, 2)},
        {"groups": 1},
        {"groups": 1, "kernel": (3, 3), "in_channels": 3},
        {"groups": 1, "kernel": (3, 4), "in_channels": 14},
        {},
    ]
    return [random_layer(rng, **kinds[index % len(kinds)]) for index in range(count)]


def core_cases(rng: np.random.Generator) -> list[GraphCase]:
    return [bits_case(rng, layer) for layer in small_layers(rng, 6)]


def test_random_geometry(tmp_path: Path, rng: np.random.Generator) -> None:
    cases = [bits_case(rng, layer) for layer in small_layers(rng, 72)]
    kernels = {call_of(case.graph()).kernel.removeprefix("eo_binary_weight_conv2d") for case in cases}
    assert kernels == {"_3x3", "_3x3_pool", "_3x3_pool_padded", "", "_deep"}
    prove_graphs(cases, tmp_path)


def test_as_many_taps_as_lanes_hold(tmp_path: Path, rng: np.random.Generator) -> None:
    """128 weights a channel, all of one sign or the other, at the ends of the data: the sums' ends in 16 bits."""
    cases = []
    for zero_point in (-128, 0, 127):
        layer = Layer((1, 1, 2, 128), 4, Window((1, 1)), zero_point=zero_point)
        weights = np.array([[0] * 4, [-1] * 4, [0] * 4, [-1] * 4])
        for pool in ((1, 1), (1, 2)):
            case = Layer(layer.shape, 4, layer.window, zero_point=zero_point, pool=pool)
            for thresholds in ([-(2**31)] * 4, [2**31 - 1] * 4, [32640, -32640, 32641, -32639]):
                graph = to_bits(case, weights, thresholds, np.array([0b1010]))
                assert call_of(graph).kernel == "eo_binary_weight_conv2d"
                cases.append(GraphCase(graph, case.samples(rng)))
    prove_graphs(cases, tmp_path)


def test_constants_in_flash(rng: np.random.Generator) -> None:
    """A bit a weight, in codes of 16, and two bytes a threshold, where the sums fit into 16 bits; else four."""
    for layer, most in ((FIRST_OF_MNIST, 32 * 4), (FIRST_OF_CIFAR, 32 * 6), (DEEP, 32 * (18 + 4))):
        params = call_of(bits_case(rng, layer).graph()).params
        arrays = [params.get(name) for name in ("words", "codes", "thresholds")]
        assert sum(array.nbytes for array in arrays if isinstance(array, np.ndarray)) == most


@pytest.mark.parametrize(("layer", "core", "bound"), BOUNDS)
def test_instructions(layer: Layer, core: str, bound: int, tmp_path: Path, rng: np.random.Generator) -> None:
    case = bits_case(rng, layer)
    sample = case.samples[0]
    outputs, instructions = run_on_core(case.graph(), [sample], core, tmp_path, count=True)
    assert_same(outputs[0], reference(case.graph(), sample), core)
    print(f"{core} {list(layer.shape)}: {instructions}, {instructions / case.graph().macs:.3f} a MAC")
    assert instructions <= bound


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"x": tensor("x", (1, 4, 4, 2), "int16", (0.1, 0))}, "input is int8, quantized per tensor"),
        ({"x": tensor("x", (1, 4, 4, 2), "int8")}, "input is int8, quantized per tensor"),
        ({"x": tensor("x", (4, 4, 2), "int8", (0.1, 0))}, "input is int8, quantized per tensor, in four dimensions"),
        ({"weights": constant("w", np.zeros((5, 2)), "int32")}, "weights are constant, words of a bit"),
        ({"weights": constant("w", np.zeros((5, 1)), "int16")}, "weights are constant, words of a bit"),
        ({"thresholds": constant("t", np.zeros(4), "int32")}, "thresholds are constant int32, one a channel"),
        ({"any_mask": constant("m", np.zeros(2), "int32")}, "mask is constant, a bit a channel"),
    ],
)
def test_tensors_that_are_not_supported_are_named(changes: dict[str, Any], sentence: str) -> None:
    arguments = np.zeros((5, 1)), np.zeros(5), np.zeros(1)
    to_bits(Layer((1, 4, 4, 2), 5, Window((3, 3))), *arguments)
    with pytest.raises(UnsupportedModel, match=sentence):
        to_bits(Layer((1, 4, 4, 2), 5, Window((3, 3)), changes=changes), *arguments)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"groups": 3}, "groups divide the channels of input and output"),
        ({"groups": 2}, "groups divide the channels of input and output"),
        ({"window": Window((5, 1))}, "window fits into the padded input"),
        ({"pool": (3, 1)}, "pool lies within the convolution"),
    ],
)
def test_attributes_that_are_not_supported_are_named(wrong: dict[str, Any], sentence: str) -> None:
    layer = Layer((1, 4, 4, 2), 5, **{"window": Window((3, 3))} | wrong)
    with pytest.raises(UnsupportedModel, match=sentence):
        to_bits(layer, np.zeros((5, 1)), np.zeros(5))


def test_a_channel_may_have_many_weights_but_not_any_number(rng: np.random.Generator) -> None:
    layer = Layer((1, 1, 1, 65_568), 1, Window((1, 1)))
    with pytest.raises(UnsupportedModel, match="a window holds 65,536 weights at most"):
        to_bits(layer, random_bits(rng, 1, 65_568), [0])

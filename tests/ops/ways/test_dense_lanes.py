"""FULLY_CONNECTED in 16-bit lanes: what it refuses, layers of every remainder, and what it costs."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.layers import ACTIVATIONS, Layer, assert_exact, random_traits
from support.on_core import run_plans_on_core
from support.proof import assert_same, reference
from support.tflite_writer import ModelBuilder

from edgeopt.ir import Array, Graph, Target
from edgeopt.load import load_bytes
from edgeopt.ops.ways import Way
from edgeopt.ops.ways.dense_lanes import DenseLanes
from edgeopt.plan import plan


def dense(weights: Array, batch: int = 1, activation: str = "RELU", zero_point: int = -128) -> Graph:
    channels, inputs = weights.shape
    m = ModelBuilder()
    x = m.tensor([batch, inputs], scale=0.05, zero_point=-12, name="x")
    w = m.tensor([channels, inputs], scale=0.01, data=weights, name="w")
    y = m.tensor([batch, channels], scale=0.01 * 0.05 * 30 * np.sqrt(inputs), zero_point=zero_point, name="y")
    m.op("FULLY_CONNECTED", [x, w], [y], {"fused_activation_function": activation})
    return load_bytes(m.finish([x], [y]), "net")


def random_weights(rng: np.random.Generator, channels: int, inputs: int) -> Array:
    return rng.integers(-127, 128, (channels, inputs)).astype(np.int8)


def offer(graph: Graph, core: str = "cortex-m4f") -> Way | str:
    (node,) = graph.nodes
    return DenseLanes.offer(node.op, graph.io(node), Target(core=core))


def test_refuses_what_it_cannot_do(rng: np.random.Generator) -> None:
    weights = random_weights(rng, 8, 16)
    assert isinstance(offer(dense(weights)), Way)
    assert offer(dense(weights), "cortex-m3") == "needs the DSP instructions"
    assert offer(dense(weights[:7])) == "8 output channels at least"
    weights[3, 4:6] = -128, -1
    assert offer(dense(weights)) == "a weight of -128 beside a negative one"


@pytest.mark.parametrize("seed", range(3))
def test_layers_of_every_remainder(seed: int, tmp_path: Path) -> None:
    """Every number of words from the loop's entry on, and of channels in the last block; batches, activations."""
    rng = np.random.default_rng(seed)
    layers = []
    for inputs in (*range(1, 37), 64, 127, 640):
        batch, channels = int(rng.integers(1, 4)), int(rng.integers(8, 34))
        options = {"fused_activation_function": str(rng.choice(ACTIVATIONS))}
        shapes = [batch, inputs], [channels, inputs], [batch, channels]
        layers.append(Layer("FULLY_CONNECTED", *shapes, options=options, **random_traits(rng)))
    assert_exact(rng, layers, tmp_path)


@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU6"])
def test_both_kinds_of_constants_on_cortex_m4(activation: str, tmp_path: Path, rng: np.random.Generator) -> None:
    """A linear layer has ties, which a plain stream has not; every entry into the loop."""
    zero_point = 3 if activation == "NONE" else -128
    graphs = [
        dense(random_weights(rng, 8 + inputs % 9, inputs), 2, activation, zero_point) for inputs in (*range(1, 37), 130)
    ]
    ways = [offer(graph) for graph in graphs]
    assert all(isinstance(way, Way) for way in ways)
    plain = {way.calls[0].params["plain"] for way in ways if isinstance(way, Way)}
    assert (1 in plain) if activation == "RELU" else (0 in plain)
    samples = [[[rng.integers(-128, 128, graph.input_tensors[0].shape).astype(np.int8)]] for graph in graphs]
    check(graphs, samples, tmp_path)


def test_negative_halves_go_away_from_zero(tmp_path: Path, rng: np.random.Generator) -> None:
    """So many accumulators that some lie where the double rounding of TFLM sees a half."""
    weights = np.stack([np.full(9, 127), rng.integers(1, 3, 9)], axis=1).astype(np.int8)
    graph = dense(weights, 1024, "NONE", 3)
    way = offer(graph)
    assert isinstance(way, Way)
    stream = way.calls[0].params["stream"]
    assert isinstance(stream, np.ndarray) and (stream.reshape(2, 8, -1)[:, :, 4] > 0).all(), "no ties in it"
    samples = [[[rng.integers(-128, 128, (1024, 2)).astype(np.int8)]]]
    check([graph], samples, tmp_path)


def check(graphs: Sequence[Graph], samples: Sequence[Sequence[Sequence[Array]]], folder: Path) -> None:
    """Asserts C == numpy on the virtual Cortex-M4."""
    plans = [plan(graph, Target(core="cortex-m4f", only="dense_lanes")) for graph in graphs]
    for graph, of_graph, (outputs, _) in zip(graphs, samples, run_plans_on_core(plans, samples, folder), strict=True):
        for sample, output in zip(of_graph, outputs, strict=True):
            assert_same(output, reference(graph, sample), f"{graph}")


def test_instructions_a_product_on_cortex_m4(tmp_path: Path, rng: np.random.Generator) -> None:
    for (channels, inputs), bound in {(128, 640): 0.95, (128, 128): 0.985, (640, 128): 0.985}.items():
        graph = dense(random_weights(rng, channels, inputs) // 4)
        made = plan(graph, replace(Target(core="cortex-m4f"), only="dense_lanes"))
        sample = [rng.integers(-128, 128, (1, inputs)).astype(np.int8)]
        ((_, instructions),) = run_plans_on_core([made], [[sample]], tmp_path / f"{inputs}x{channels}", count=True)
        assert instructions / (channels * inputs) <= bound

"""FULLY_CONNECTED with packed weights: all widths and offsets of a group, remainders of a row, both kinds of bias."""

from pathlib import Path

import numpy as np
import pytest
from support.layers import ACTIVATIONS, Layer, assert_exact, random_traits
from support.on_core import run_plans_on_core
from support.proof import assert_same, reference
from support.tflite_writer import ModelBuilder

from edgeopt.ir import Array, Graph, Target
from edgeopt.load import load_bytes
from edgeopt.ops._packed import GROUP, pack_groups
from edgeopt.ops.ways.dense_packed import DensePacked
from edgeopt.plan import plan

# (least, largest) weight of a group, and how many bits a weight then takes
RANGES = [(0, 0, 0), (-1, 0, 1), (-2, 1, 2), (-4, 3, 3), (-8, 7, 4), (-16, 15, 5), (-32, 31, 6), (-64, 63, 7)]
RANGES += [(-128, 127, 8), (-2, 5, 3), (-4, 11, 4), (-8, 23, 5), (-16, 47, 6), (-12, 3, 4), (-24, 7, 5), (-48, 15, 6)]
RANGES += [(0, 1, 2), (-5, 6, 4), (0, 127, 8), (-128, 0, 8), (2, 3, 3), (-6, -1, 4), (-65, 0, 8)]


def group_of(rng: np.random.Generator, least: int, most: int) -> Array:
    """Sixteen weights that reach both ends."""
    group = rng.integers(least, most + 1, GROUP)
    group[rng.permutation(GROUP)[:2]] = least, most
    return group


def all_ranges(rng: np.random.Generator, channels: int) -> Array:
    """Rows of groups of all ranges, in an order of its own each."""
    return np.stack(
        [np.concatenate([group_of(rng, *RANGES[i][:2]) for i in rng.permutation(len(RANGES))]) for _ in range(channels)]
    ).astype(np.int8)


def dense(rng: np.random.Generator, weights: Array, bias_bound: int) -> Graph:
    channels, inputs = weights.shape
    m = ModelBuilder()
    x = m.tensor([2, inputs], scale=0.05, zero_point=-12, name="x")
    w = m.tensor([channels, inputs], scale=0.01, data=weights, name="w")
    bias = rng.integers(-bias_bound, bias_bound + 1, channels)
    b = m.tensor([channels], "int32", scale=0.0005, data=bias, name="b")
    y = m.tensor([2, channels], scale=0.0005 * 60 * np.sqrt(inputs), zero_point=5, name="y")
    m.op("FULLY_CONNECTED", [x, w, b], [y])
    return load_bytes(m.finish([x], [y]), "net")


@pytest.mark.parametrize(("least", "most", "width"), RANGES)
def test_a_group_is_as_wide_as_it_needs(least: int, most: int, width: int, rng: np.random.Generator) -> None:
    rows = np.stack([group_of(rng, least, most) for _ in range(4)])
    stream, bias_halfwords = pack_groups(rows, np.zeros(4, np.int64))
    assert (stream.dtype, bias_halfwords) == (np.uint16, 1)
    assert stream.size == 4 + 1 + 4 * width  # biases, codes, groups


def test_normal_weights_shrink(rng: np.random.Generator) -> None:
    """An entropy code would take 4.2 bits; here codes and biases count too."""
    rows = np.clip(np.round(rng.normal(0, 4.5, (64, 128))), -127, 127).astype(np.int8)
    stream, _ = pack_groups(rows, np.zeros(64, np.int64))
    assert 8 * stream.nbytes <= 5.2 * rows.size


@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m3", "cortex-m4f"])
def test_every_width_and_offset(core: str, tmp_path: Path, rng: np.random.Generator) -> None:
    graphs = [dense(rng, all_ranges(rng, 5)[:, :inputs], bound) for inputs, bound in ((368, 30_000), (359, 300_000))]
    samples = [[[rng.integers(-128, 128, graph.input_tensors[0].shape).astype(np.int8)]] for graph in graphs]
    plans = [plan(graph, Target(core=core, only="dense_packed")) for graph in graphs]
    assert [made.steps[0].way.calls[0].params["bias_halfwords"] for made in plans] == [1, 2]
    for graph, of_graph, (outputs, _) in zip(graphs, samples, run_plans_on_core(plans, samples, tmp_path), strict=True):
        assert_same(outputs[0], reference(graph, of_graph[0]), f"{graph}")


@pytest.mark.parametrize("seed", range(3))
def test_rows_of_every_remainder(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    layers = []
    for inputs in (*range(1, 35), 47, 127, 640):
        batch, channels = int(rng.integers(1, 4)), int(rng.integers(1, 12))
        options = {"fused_activation_function": str(rng.choice(ACTIVATIONS))}
        shapes = [batch, inputs], [channels, inputs], [batch, channels]
        layers.append(Layer("FULLY_CONNECTED", *shapes, options=options, **random_traits(rng)))
    assert_exact(rng, layers, tmp_path)


def test_refuses_weights_of_4_bits(rng: np.random.Generator) -> None:
    m = ModelBuilder()
    x, y = m.tensor([1, 8], scale=0.05, name="x"), m.tensor([1, 4], scale=0.5, name="y")
    w = m.tensor([4, 8], "int4", scale=0.01, data=rng.integers(-7, 8, (4, 8)), name="w")
    m.op("FULLY_CONNECTED", [x, w], [y])
    graph = load_bytes(m.finish([x], [y]), "net")
    assert DensePacked.offer(graph.nodes[0].op, graph.io(graph.nodes[0]), Target()) == "weights of 8 bits only"


def test_instructions_a_product_on_cortex_m4(tmp_path: Path, rng: np.random.Generator) -> None:
    """Unpacking takes four instructions a weight on top of what the product takes."""
    weights = np.clip(np.round(rng.normal(0, 6, (32, 128))), -127, 127).astype(np.int8)
    graph = dense(rng, weights, 1000)
    made = plan(graph, Target(core="cortex-m4f", only="dense_packed"))
    sample = [rng.integers(-128, 128, (2, 128)).astype(np.int8)]
    ((_, instructions),) = run_plans_on_core([made], [[sample]], tmp_path, count=True)
    assert instructions / (2 * weights.size) <= 5.8

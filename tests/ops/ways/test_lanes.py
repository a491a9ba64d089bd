"""CONV_2D in 16-bit lanes: what it refuses, every length of columns and runs of windows, scratch, and what it costs."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from support.host import SANITIZE, run_plans_on_host
from support.layers import out_size
from support.on_core import run_plans_on_core
from support.on_qemu import run_plans_on_qemu
from support.proof import assert_same, reference
from support.tflite_writer import ModelBuilder

from edgeopt.ir import Array, CCall, Graph, Target
from edgeopt.load import load_bytes
from edgeopt.ops.ways import Way
from edgeopt.ops.ways.lanes import Lanes, LanesOfOneChannel
from edgeopt.plan import plan

M4 = Target(core="cortex-m4f", only="lanes")
Size = tuple[int, int]


def conv(
    rng: np.random.Generator,
    size: Size,
    shape: Sequence[int],
    stride: Size = (1, 1),
    padding: str = "SAME",
    relu: bool = True,
    largest: int = 127,
) -> Graph:
    """A layer with random weights `shape` [channels, height, width, inputs]; without ReLU its constants have ties."""
    channels, inputs = shape[0], shape[3]
    out = [out_size(padding, *axis, 1) for axis in zip(size, shape[1:3], stride, strict=True)]
    m = ModelBuilder()
    x = m.tensor([1, *size, inputs], scale=0.05, zero_point=-11, name="x")
    w = m.tensor(shape, scale=0.01, data=rng.integers(-largest, largest + 1, shape), name="w")
    b = m.tensor([channels], "int32", scale=0.0005, data=rng.integers(-900, 900, channels), name="b")
    spread = 0.6 * largest * np.sqrt(np.prod(shape[1:]))
    y = m.tensor([1, *out, channels], scale=0.0005 * spread, zero_point=-128 if relu else 3, name="y")
    options = {"padding": padding, "stride_h": stride[0], "stride_w": stride[1]}
    m.op("CONV_2D", [x, w, b], [y], options | {"fused_activation_function": "RELU" if relu else "NONE"})
    return load_bytes(m.finish([x], [y]), "net")


def offer(graph: Graph, target: Target = M4) -> Way | str:
    (node,) = graph.nodes
    return Lanes.offer(node.op, graph.io(node), target)


def call_of(graph: Graph, target: Target = M4) -> CCall:
    way = offer(graph, target)
    assert isinstance(way, Way), way
    return way.calls[0]


def random_sample(rng: np.random.Generator, graph: Graph) -> list[Array]:
    return [rng.integers(-128, 128, graph.input_tensors[0].shape).astype(np.int8)]


def check(rng: np.random.Generator, graphs: Sequence[Graph], folder: Path) -> None:
    """Asserts C == numpy, on the host under the sanitizers and on the virtual Cortex-M4."""
    plans = [plan(graph, M4) for graph in graphs]
    assert all(made.steps[0].way.name == "lanes" for made in plans), [dict(made.steps[0].refused) for made in plans]
    samples = [[random_sample(rng, graph) for _ in range(2)] for graph in graphs]
    on_host = run_plans_on_host(plans, samples, folder / "host", ["-std=c99", "-O1", *SANITIZE, "-DEO_HAS_DSP=1"])
    on_core = [outputs for outputs, _ in run_plans_on_core(plans, samples, folder / "core")]
    for ran in (on_host, on_core):
        for graph, of_graph, outputs in zip(graphs, samples, ran, strict=True):
            for sample, output in zip(of_graph, outputs, strict=True):
                assert_same(output, reference(graph, sample), f"{graph}")


def test_refuses_what_it_cannot_do(rng: np.random.Generator) -> None:
    graph = conv(rng, (4, 5), (4, 3, 3, 8))
    assert isinstance(offer(graph), Way)
    assert offer(graph, Target(core="cortex-m3")) == "needs the DSP instructions"
    assert offer(conv(rng, (4, 5), (1, 3, 3, 8))) == "two output channels at least"


def test_a_depthwise_convolution_of_one_channel_is_an_ordinary_one(rng: np.random.Generator) -> None:
    m = ModelBuilder()
    x, y = (m.tensor([1, 4, 4, channels], scale=0.1, name=name) for name, channels in (("x", 1), ("y", 6)))
    w = m.tensor([1, 3, 3, 6], scale=0.01, data=rng.integers(-127, 128, (1, 3, 3, 6)), name="w")
    m.op("DEPTHWISE_CONV_2D", [x, w], [y], {"padding": "SAME", "depth_multiplier": 6})
    graph = load_bytes(m.finish([x], [y]), "net")
    (node,) = graph.nodes
    way = LanesOfOneChannel.offer(node.op, graph.io(node), M4)
    assert isinstance(way, Way) and way.calls[0].kernel == "eo_conv2d_lanes_s8"


@pytest.mark.parametrize("relu", [True, False])
def test_columns_of_every_length(relu: bool, tmp_path: Path, rng: np.random.Generator) -> None:
    """Every entry into the loop over words, once round and twice; remainders of channels and pixels."""
    graphs = [
        conv(rng, (1 + inputs % 4, 5), (2 + inputs % 5, 1, 1, inputs), relu=relu) for inputs in (*range(1, 45), 64, 130)
    ]
    assert {call_of(graph).params["plain"] for graph in graphs} >= {int(relu)}
    check(rng, graphs, tmp_path)


def test_runs_of_windows(tmp_path: Path, rng: np.random.Generator) -> None:
    """Every width, so that runs inside of the image begin and end anywhere; the rows of 3x3x3 by their own function."""
    graphs = []
    for width in range(1, 27):
        stride, padding = (1 + width % 2, 1 + width % 3), ("SAME", "VALID")[width % 5 == 4]
        graphs.append(conv(rng, (5, width), (5, 3, 3, 3), stride, "SAME"))
        graphs.append(conv(rng, (4, width + 2), (4, 2, 3, 1 + width % 7), stride, padding))
        graphs.append(conv(rng, (7, width + 3), (3, 5, 4, 1), stride, padding))
    check(rng, graphs, tmp_path)


def test_the_end_of_the_input_is_not_passed(tmp_path: Path, rng: np.random.Generator) -> None:
    """Pixels that are no whole words, of an input that ends its arena: the sanitizers would see it."""
    check(
        rng, [conv(rng, (1, pixels), (2, 1, 1, inputs)) for pixels in range(1, 14) for inputs in (1, 2, 3, 5)], tmp_path
    )


@pytest.mark.parametrize("optimization", ["-Os", "-O3"])
def test_at_any_optimization(optimization: str, tmp_path: Path, rng: np.random.Generator) -> None:
    """-Os leaves functions where they fall, and the loop is entered at an address that is computed."""
    graphs = [conv(rng, (4, 5), (5, kernel, kernel, inputs)) for inputs in (1, 3, 8, 17) for kernel in (1, 3)]
    samples = [[random_sample(rng, graph)] for graph in graphs]
    plans = [plan(graph, Target(core="cortex-m7f", only="lanes")) for graph in graphs]
    for graph, of_graph, outputs in zip(
        graphs, samples, run_plans_on_qemu(plans, samples, tmp_path, optimization), strict=True
    ):
        assert_same(outputs[0], reference(graph, of_graph[0]), f"{graph}")


def test_scratch_is_columns_and_copies(rng: np.random.Generator) -> None:
    assert call_of(conv(rng, (25, 5), (64, 1, 1, 64))).scratch_bytes == 2 * 24 * 16
    small = Target(core="cortex-m4f", goal="ram")
    assert call_of(conv(rng, (25, 5), (64, 1, 1, 64)), small).scratch_bytes == 24 * 16
    assert call_of(conv(rng, (25, 5), (8, 1, 1, 13)), small).scratch_bytes == (24 + 12) * 4
    assert call_of(conv(rng, (32, 32), (16, 3, 3, 16)), small).scratch_bytes == (24 + 12) * 36
    assert call_of(conv(rng, (32, 32), (16, 3, 3, 3)), small).scratch_bytes == (24 + 12) * 7 + 12


RATES: dict[tuple[Size, tuple[int, int, int, int], Size], float] = {
    ((25, 5), (64, 1, 1, 64), (1, 1)): 0.83,
    ((48, 48), (16, 1, 1, 8), (1, 1)): 1.48,
    ((32, 32), (32, 1, 1, 16), (2, 2)): 1.16,
    ((32, 32), (16, 3, 3, 16), (1, 1)): 0.90,
    ((32, 32), (32, 3, 3, 16), (2, 2)): 0.85,
    ((49, 10), (64, 10, 4, 1), (2, 2)): 1.03,
    ((32, 32), (16, 3, 3, 3), (1, 1)): 1.21,
    ((96, 96), (8, 3, 3, 3), (2, 2)): 1.35,
}


@pytest.mark.parametrize("layer", RATES, ids=str)
def test_instructions_a_product_on_cortex_m4(
    layer: tuple[Size, tuple[int, int, int, int], Size], tmp_path: Path, rng: np.random.Generator
) -> None:
    size, shape, stride = layer
    graph = conv(rng, size, shape, stride, largest=40)
    assert call_of(graph).params["plain"] == 1
    sample = [random_sample(rng, graph)]
    ((_, instructions),) = run_plans_on_core([plan(graph, M4)], [sample], tmp_path, count=True)
    products = graph.nodes[0].op.macs(graph.io(graph.nodes[0]))
    assert instructions / products <= RATES[layer]

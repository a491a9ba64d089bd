"""CONV_2D by integer Winograd: the algebra, its bounds, what is refused, the largest weights and inputs, the cost."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from support.host import SANITIZE, run_plans_on_host
from support.on_core import run_plans_on_core
from support.proof import assert_same, reference
from support.tflite_writer import ModelBuilder

from edgeopt.ir import Array, Graph, Target
from edgeopt.load import load_bytes
from edgeopt.ops._winograd import Form
from edgeopt.ops.ways import WAYS, Way
from edgeopt.ops.ways.winograd import FORM as FORM_2X2
from edgeopt.ops.ways.winograd_4x4 import FORM as FORM_4X4
from edgeopt.plan import plan

NAMES = {"winograd": FORM_2X2, "winograd_4x4": FORM_4X4}
# as the headings of kernels/eo_winograd_2x2.h and _4x4.h have them; the forms' `weights` go with them
INPUTS = {
    2: [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]],
    4: [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ],
}
OUTPUTS = {
    2: [[1, 1, 1, 0], [0, 1, -1, -1]],
    4: [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 4]],
}


def conv(
    weights: Array, size: tuple[int, int], activation: str = "RELU", zero_points: tuple[int, int] = (-128, -128)
) -> Graph:
    channels, inputs = weights.shape[0], weights.shape[3]
    m = ModelBuilder()
    x = m.tensor([1, *size, inputs], scale=0.05, zero_point=zero_points[0], name="x")
    w = m.tensor(weights.shape, scale=0.01, data=weights, name="w")
    spread = 90 * np.sqrt((weights.astype(np.float64) ** 2).sum() / channels)
    y = m.tensor([1, *size, channels], scale=0.01 * 0.05 * spread / 60, zero_point=zero_points[1], name="y")
    options = {"padding": "SAME", "stride_h": 1, "stride_w": 1, "fused_activation_function": activation}
    m.op("CONV_2D", [x, w], [y], options)
    return load_bytes(m.finish([x], [y]), "net")


def random_weights(rng: np.random.Generator, channels: int, inputs: int) -> Array:
    return rng.integers(-127, 128, (channels, 3, 3, inputs)).astype(np.int8)


def offer(name: str, graph: Graph, core: str = "cortex-m4f") -> Way | str:
    (node,) = graph.nodes
    return WAYS.get(name).offer(node.op, graph.io(node), Target(core=core))


@pytest.mark.parametrize("form", NAMES.values())
def test_the_transforms_give_a_multiple_of_the_convolution(form: Form, rng: np.random.Generator) -> None:
    d, g = rng.integers(-128, 128, (form.lines, form.lines)), rng.integers(-128, 128, (3, 3))
    into, back, weights = np.array(INPUTS[form.size]), np.array(OUTPUTS[form.size]), np.array(form.weights)
    products = (into @ d @ into.T) * (weights @ g @ weights.T)
    wanted = [[(d[y : y + 3, x : x + 3] * g).sum() for x in range(form.size)] for y in range(form.size)]
    assert np.array_equal(back @ products @ back.T, form.multiple * np.array(wanted))
    assert form.multiple in (64, 9 * 64) and (9 * 0x38E38E39) % 2**32 == 1


@pytest.mark.parametrize("form", NAMES.values())
def test_lanes_hold_what_is_multiplied(form: Form) -> None:
    for transform in (form.weights, INPUTS[form.size]):
        most = np.abs(np.array(transform)).sum(axis=1).max()
        assert most**2 * 128 < 2**15
        assert most * 128 < 2**15  # between the two steps


@pytest.mark.parametrize("name", NAMES)
def test_refuses_what_it_cannot_do(name: str, rng: np.random.Generator) -> None:
    weights, size = random_weights(rng, 4, 8), NAMES[name].size
    assert isinstance(offer(name, conv(weights, (size, size))), Way)
    assert offer(name, conv(weights, (9, size - 1))) == f"outputs of {size}x{size} pixels at least"
    assert offer(name, conv(weights, (9, 9)), "cortex-m3") == "needs the DSP instructions"
    assert offer(name, conv(weights[..., :3], (9, 9))) == "four input channels and two output channels at least"
    assert offer(name, conv(weights[:, :2], (9, 9))) == "windows of 3x3 with stride 1 only"


def test_surplus_is_what_tiles_and_channels_have_beyond_the_layer(rng: np.random.Generator) -> None:
    for inputs, channels, side, wanted in ((8, 4, 8, 1.0), (8, 4, 10, 12 * 16 / 100), (6, 3, 8, 8 / 6 * 4 / 3)):
        way = offer("winograd_4x4", conv(random_weights(rng, channels, inputs), (side, side)))
        assert isinstance(way, Way) and way.calls[0].surplus == pytest.approx(wanted)


@pytest.mark.parametrize("name", NAMES)
def test_the_largest_weights_and_inputs(name: str, tmp_path: Path, rng: np.random.Generator) -> None:
    """Signs that drive each transform to its ends, and sums that leave 32 bits on their way."""
    graphs, samples = [], []
    for inputs, zero_point in ((16, -128), (100, 127), (16, -1), (100, 0)):
        chosen = np.array(np.meshgrid([-128, 127], [-128, 127], [-128, 127]), np.int8).reshape(3, -1).T
        lines = chosen[rng.integers(0, len(chosen), 6)]
        weights = np.where(lines[:, :, None] == -128, lines[:, None], ~lines[:, None])[..., None].repeat(inputs, 3)
        graphs.append(conv(weights, (14, 13), "NONE", (zero_point, 5)))
        along, down = (np.sign(np.array(INPUTS[4])[rng.integers(0, 6, 3)]).reshape(-1)[:n] for n in (13, 14))
        x = np.where((down[:, None] * along)[..., None] < 0, -128, 127).astype(np.int8).repeat(inputs, 2)[None]
        samples.append([[x], [~x], [np.full_like(x, 127)], [np.full_like(x, -128)]])
    check(name, graphs, samples, tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_channels(name: str, tmp_path: Path, rng: np.random.Generator) -> None:
    """Every entry into the unrolled pairs, with ties and without; odd numbers overlap."""
    graphs = []
    for inputs in (*range(4, 17), *range(60, 72, 3), 132):
        activation, zero_point = (("RELU", -128), ("NONE", 3))[inputs % 2]
        size = int(rng.integers(4, 11)), int(rng.integers(4, 11))
        graphs.append(conv(random_weights(rng, 2 + inputs % 6, inputs), size, activation, (-9, zero_point)))
    samples = [[[rng.integers(-128, 128, graph.input_tensors[0].shape).astype(np.int8)]] for graph in graphs]
    check(name, graphs, samples, tmp_path)


def check(name: str, graphs: Sequence[Graph], samples: Sequence[Sequence[Sequence[Array]]], folder: Path) -> None:
    """Asserts C == numpy, on the host under the sanitizers and on the virtual Cortex-M4."""
    plans = [plan(graph, Target(core="cortex-m4f", only=name)) for graph in graphs]
    assert all(made.steps[0].way.name == name for made in plans), [dict(made.steps[0].refused) for made in plans]
    on_host = run_plans_on_host(plans, samples, folder / "host", ["-std=c99", "-O1", *SANITIZE, "-DEO_HAS_DSP=1"])
    on_core = [outputs for outputs, _ in run_plans_on_core(plans, samples, folder / "core")]
    for ran in (on_host, on_core):
        for graph, of_graph, outputs in zip(graphs, samples, ran, strict=True):
            for sample, output in zip(of_graph, outputs, strict=True):
                assert_same(output, reference(graph, sample), f"{graph}")


@pytest.mark.parametrize(("name", "bounds"), [("winograd", (0.50, 0.41, 0.37)), ("winograd_4x4", (0.375, 0.28, 0.235))])
def test_instructions_a_product_on_cortex_m4(
    name: str, bounds: Sequence[float], tmp_path: Path, rng: np.random.Generator
) -> None:
    for (channels, side), bound in zip(((16, 32), (32, 16), (64, 8)), bounds, strict=True):
        graph = conv(random_weights(rng, channels, channels), (side, side))
        made = plan(graph, Target(core="cortex-m4f", only=name))
        sample = [rng.integers(-128, 128, (1, side, side, channels)).astype(np.int8)]
        ((_, instructions),) = run_plans_on_core([made], [[sample]], tmp_path / str(channels), count=True)
        assert instructions / (9 * channels**2 * side**2) <= bound

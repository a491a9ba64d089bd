"""depthwise_3x3: the kernel equals numpy for every size, tile, band and remainder, also in place; who is refused."""

from pathlib import Path

import numpy as np
import pytest
from support.host import SANITIZE, run_plans_on_host
from support.layers import Layer, layer_case, out_size
from support.on_core import run_plans_on_core
from support.proof import Case, assert_same, reference
from support.tflite_writer import ModelBuilder

from edgeopt.ir import Array, Graph, Target
from edgeopt.load import load_bytes
from edgeopt.ops.ways import offers
from edgeopt.ops.ways.depthwise_3x3 import NAME
from edgeopt.optimize import optimize
from edgeopt.plan import Plan, plan

ONLY = Target(only=NAME)
# rows, columns, channels: sides that are odd or even, one row or column, several tiles, several bands, remainders
SIZES = [
    *((rows, cols, 1 + (rows + cols) % 9) for rows in range(1, 8) for cols in range(1, 8)),
    *((6, 5, channels) for channels in (15, 16, 17, 31, 32, 33)),
    *((4, cols, 5) for cols in (14, 15, 16, 28, 29, 30, 31, 32, 33, 60, 61, 63)),
    *((rows, 9, 6) for rows in (29, 30, 31, 32, 33, 40)),
    *((29, 9, 4), (35, 34, 5), (40, 61, 3), (37, 62, 4)),
]
STRIDES = (1, 2)


def layer(
    size: tuple[int, int, int], stride: int = 1, padding: str = "SAME", activation: str = "RELU", **traits: object
) -> Layer:
    rows, cols, channels = size
    options = {"padding": padding, "stride_h": stride, "stride_w": stride, "fused_activation_function": activation}
    out = [out_size(padding, side, 3, stride, 1) for side in (rows, cols)]
    weights = [1, 3, 3, channels]
    return Layer(
        "DEPTHWISE_CONV_2D",
        [1, *size],
        weights,
        [1, *out, channels],
        3,
        options=options,
        **traits,  # type: ignore[arg-type]
    )


def is_large(each: Layer) -> bool:
    """Whether there are enough outputs a channel."""
    return each.out_shape[1] * each.out_shape[2] > 4


def prove_this_way(cases: list[Case], folder: Path, dsp: int = 1) -> None:
    """C of this way under sanitizers == numpy."""
    plans = [plan(case.graph(), ONLY) for case in cases]
    assert all(step.way.name == NAME for made in plans for step in made.steps)
    flags = ["-std=c99", "-O1", *SANITIZE, f"-DEO_HAS_DSP={dsp}"]
    assert_right(plans, cases, run_plans_on_host(plans, [case.samples for case in cases], folder, flags))


def assert_right(plans: list[Plan], cases: list[Case], outputs: list[list[list[Array]]]) -> None:
    for made, case, of_case in zip(plans, cases, outputs, strict=True):
        for sample, output in zip(case.samples, of_case, strict=True):
            assert_same(output, reference(case.graph(), sample), f"C and numpy differ: {made.graph}")


@pytest.mark.parametrize("stride", STRIDES)
def test_every_size(stride: int, tmp_path: Path, rng: np.random.Generator) -> None:
    layers = [layer(size, stride) for size in SIZES]
    prove_this_way([layer_case(rng, each) for each in layers if is_large(each)], tmp_path)


@pytest.mark.parametrize("stride", STRIDES)
def test_no_padding(stride: int, tmp_path: Path, rng: np.random.Generator) -> None:
    layers = [layer(size, stride, "VALID") for size in SIZES if min(size[:2]) >= 3]
    prove_this_way([layer_case(rng, each) for each in layers if is_large(each)], tmp_path)


@pytest.mark.parametrize("activation", ["NONE", "RELU6", "RELU_N1_TO_1"])
def test_channels_of_two_roundings(activation: str, tmp_path: Path, rng: np.random.Generator) -> None:
    layers = [
        layer((5, 6, 7), stride, activation=activation, real_multiplier=real_multiplier, per_channel=per_channel)
        for stride in STRIDES
        for real_multiplier in (None, 0.3, 0.7, 1.5, 1e-4)
        for per_channel in (True, False)
    ]
    prove_this_way([layer_case(rng, each) for each in layers], tmp_path)


def padded_model(rng: np.random.Generator, size: tuple[int, int, int], pads: list[list[int]], stride: int) -> bytes:
    """PAD, which is folded into the window, and a convolution without padding."""
    rows, cols, channels = size
    m = ModelBuilder()
    x = m.tensor([1, rows, cols, channels], scale=0.1, zero_point=-9)
    amounts = m.tensor([4, 2], "int32", data=[[0, 0], *pads, [0, 0]])
    padded = [rows + sum(pads[0]), cols + sum(pads[1])]
    y = m.tensor([1, *padded, channels], scale=0.1, zero_point=-9)
    m.op("PAD", [x, amounts], [y])
    w = m.tensor(
        [1, 3, 3, channels], scale=[0.01] * channels, axis=3, data=rng.integers(-127, 128, (1, 3, 3, channels))
    )
    out = [(side - 3) // stride + 1 for side in padded]
    z = m.tensor([1, *out, channels], scale=0.3, zero_point=-128)
    options = {"padding": "VALID", "stride_h": stride, "stride_w": stride, "fused_activation_function": "RELU"}
    m.op("DEPTHWISE_CONV_2D", [y, w], [z], options)
    return m.finish([x], [z])


@pytest.mark.parametrize("stride", STRIDES)
def test_any_padding(stride: int, tmp_path: Path, rng: np.random.Generator) -> None:
    pads = [[[1, 0], [0, 1]], [[0, 2], [2, 0]], [[2, 2], [2, 2]], [[4, 3], [5, 4]], [[0, 5], [7, 0]], [[3, 0], [0, 0]]]
    pads += [[[40, 40], [40, 45]]]  # whole bands and tiles of nothing else
    graphs = [
        optimize(load_bytes(padded_model(rng, size, each, stride), "net"))
        for each in pads
        for size in ((3, 4, 5), (33, 4, 2), (7, 31, 4), (1, 5, 3))
        if min(size[0] + sum(each[0]), size[1] + sum(each[1])) >= 3 + 2 * stride
    ]
    assert all(len(graph.nodes) == 1 for graph in graphs)
    check_in_folder(graphs, ONLY, tmp_path, rng)


def check_in_folder(graphs: list[Graph], target: Target, folder: Path, rng: np.random.Generator) -> list[Plan]:
    plans = [plan(graph, target) for graph in graphs]
    samples = [[[rng.integers(-128, 128, t.shape).astype(np.int8) for t in graph.input_tensors]] for graph in graphs]
    outputs = run_plans_on_host(plans, samples, folder, ["-std=c99", "-O1", *SANITIZE])
    for graph, of_graph, got in zip(graphs, samples, outputs, strict=True):
        assert_same(got[0], reference(graph, of_graph[0]), f"C and numpy differ: {graph}")
    return plans


@pytest.mark.parametrize("stride", STRIDES)
def test_in_place(stride: int, tmp_path: Path, rng: np.random.Generator) -> None:
    """The output takes the input's memory, also where the maps are read by bands, tiles or columns."""
    sizes = [(25, 5, 6), (6, 6, 13), (12, 12, 3), (40, 34, 5), (34, 34, 4), (48, 3, 9), (3, 70, 2), (35, 35, 1)]
    graphs = [layer_case(rng, layer(size, stride)).graph() for size in sizes]
    plans = check_in_folder(graphs, Target(only=NAME, goal="balanced"), tmp_path, rng)
    bands = 0
    for made in plans:
        (step,), (x,), (y,) = made.steps, made.graph.inputs, made.graph.outputs
        if step.way.in_place:
            assert made.offsets[x] == made.offsets[y]
            params = step.calls[0].params
            bands += params["band_rows"] != params["out_rows"]
    assert sum(bool(made.steps[0].way.in_place) for made in plans) >= len(sizes) - 2
    assert bands >= 2


def test_not_in_place_where_it_would_be_wrong(rng: np.random.Generator) -> None:
    """By bands of columns, with columns of the output across those of the input; an output that is larger."""
    graph = layer_case(rng, layer((128, 66, 4), 2)).graph()
    (node,) = graph.nodes
    (way,) = [way for way in offers(node.op, graph.io(node), ONLY).ways if way.name == NAME]
    assert way.in_place == ()


@pytest.mark.parametrize("core", ["cortex-m4f"])
def test_on_the_core(core: str, tmp_path: Path, rng: np.random.Generator) -> None:
    sizes = [(25, 5, 6), (6, 7, 5), (1, 6, 4), (9, 1, 4), (9, 31, 4), (5, 33, 3), (7, 16, 9), (34, 5, 4), (33, 33, 2)]
    layers = [layer(size, stride) for stride in STRIDES for size in sizes]
    layers += [layer((5, 6, 5), stride, activation="NONE") for stride in STRIDES]
    cases = [layer_case(rng, each) for each in layers if is_large(each)]
    plans = [plan(case.graph(), Target(core=core, only=NAME)) for case in cases]
    ran = run_plans_on_core(plans, [case.samples for case in cases], tmp_path)
    assert_right(plans, cases, [outputs for outputs, _ in ran])


@pytest.mark.parametrize(
    ("changed", "core", "phrase"),
    [
        ({}, "cortex-m3", "needs the DSP instructions"),
        ({"weights_dtype": "int4"}, "cortex-m4f", "weights of 8 bits only, one output channel an input channel"),
        ({"in_shape": [1, 3, 3, 4], "out_shape": [1, 1, 1, 4]}, "cortex-m4f", "more than four outputs a channel only"),
    ],
)
def test_who_is_refused(changed: dict[str, object], core: str, phrase: str, rng: np.random.Generator) -> None:
    padding = "VALID" if "in_shape" in changed else "SAME"
    each = layer((5, 5, 4), padding=padding)
    for name, value in changed.items():
        setattr(each, name, value)
    graph = layer_case(rng, each).graph()
    (node,) = graph.nodes
    assert offers(node.op, graph.io(node), Target(core=core)).refused[NAME] == phrase

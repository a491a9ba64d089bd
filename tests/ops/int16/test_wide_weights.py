"""Weights of 16 bits on int16 data: numpy == C, near to the real layer, sums of 32 or 64 bits, how they are made."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.graph_case import GraphCase, one_node, tensor
from support.host import SANITIZE, run_on_host
from support.on_core import run_on_core
from support.proof import assert_same, reference
from support.wide_weights import LAYERS, WHOLE, expected, random_weights, weights, wide_bias

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Array, CCall, Graph, Target
from edgeopt.ops._window import Window
from edgeopt.ops.int16._wide_weights import part_words, quantize_for_32_bits, quantize_weights
from edgeopt.ops.int16.conv2d import Conv2DInt16
from edgeopt.ops.int16.depthwise_conv2d import DepthwiseConv2DInt16
from edgeopt.ops.int16.fully_connected import FullyConnectedInt16
from edgeopt.quantmath import requantize_q32

BITS = (9, 12, 15)


def call_of(graph: Graph) -> CCall:
    (call,) = graph.nodes[0].op.c_calls(graph.io(graph.nodes[0]), Target())
    return call


def is_wide(graph: Graph) -> bool:
    return call_of(graph).params.get("wide_bias") is not None


def prove(cases: list[GraphCase], folder: Path) -> None:
    """numpy == C under the sanitizers, with and without the DSP instructions' C forms."""
    graphs, samples = [case.network for case in cases], [case.samples for case in cases]
    wanted = [[reference(case.network, sample) for sample in case.samples] for case in cases]
    for path in ("-DEO_HAS_DSP=0", "-DEO_HAS_DSP=1"):
        outputs = run_on_host(graphs, samples, folder / path[-1], flags=["-std=c99", "-O1", *SANITIZE, path])
        for graph, of_numpy, of_c in zip(graphs, wanted, outputs, strict=True):
            for want, output in zip(of_numpy, of_c, strict=True):
                assert_same(output, want, f"{path}: {graph}")


@pytest.mark.parametrize("kind", LAYERS)
def test_random_layers(kind: str, tmp_path: Path, rng: np.random.Generator) -> None:
    cases = [LAYERS[kind](rng, bits) for bits in BITS * 3]
    while len({is_wide(case.network) for case in cases}) < 2:
        cases += [LAYERS[kind](rng, bits) for bits in BITS]
    assert all("_w16_" in call_of(case.network).kernel for case in cases)
    prove(cases, tmp_path)


@pytest.mark.parametrize("kind", LAYERS)
def test_outputs_are_those_of_the_real_layer(kind: str, rng: np.random.Generator) -> None:
    """To a quarter of a step before rounding; with sums of 64 bits to 2^-15, what a multiplier of 15 bits may lack."""
    for bits in BITS:
        case = LAYERS[kind](rng, bits)
        for (x,) in case.samples:
            real, (y,) = expected(case.network, x), reference(case.network, [x])
            slack = np.abs(real) * 2.0**-15 if is_wide(case.network) else 0.25
            assert (np.abs(y - real) <= 0.5001 + slack).all()


def dense_of(rows: Any, bias: Any, out_scale: float = 1e5, dtype: str = "int64") -> Graph:
    w = weights(rows, [1.0] * len(rows))
    b = wide_bias(bias) if dtype == "int64" else tensor("b", np.shape(bias), dtype)
    x, y = tensor("x", (1, w.shape[1]), "int16", (1.0, 0)), tensor("y", (1, w.shape[0]), "int16", (out_scale, 0))
    return one_node(FullyConnectedInt16(WHOLE), [x, w, b], [y])


def test_the_largest_sums_of_32_bits(tmp_path: Path) -> None:
    """|weights| of 65,535 and a bias of 32,767 leave int32 by nothing; one more of either, and sums are of 64 bits."""
    rows = np.array([[16383, 16383, 16383, 16383, 3], [-16383, -16383, -16383, -16383, -3]])
    over = rows + np.array([0, 0, 0, 0, 1])
    graphs = [dense_of(rows, [32767, -32767]), dense_of(rows, [32768, 0]), dense_of(over, [0, 0])]
    graphs += [dense_of([[16383] * 1000], [2**45])]
    assert [is_wide(graph) for graph in graphs] == [False, True, True, True]
    ends = [[np.full(graph.input_tensors[0].shape, end, np.int16) for end in WHOLE] for graph in graphs]
    prove([GraphCase(graph, [[x] for x in xs]) for graph, xs in zip(graphs, ends, strict=True)], tmp_path)


def test_a_ratio_of_one_half_is_taken_by_sums_of_64_bits(tmp_path: Path, rng: np.random.Generator) -> None:
    graphs = [dense_of([[3, -2]], [5], out_scale=scale) for scale in (2.001, 2.0, 0.4)]
    assert [is_wide(graph) for graph in graphs] == [False, True, True]
    x = rng.integers(-3000, 3000, (1, 2)).astype(np.int16)
    prove([GraphCase(graph, [[x]]) for graph in graphs], tmp_path)
    for graph in graphs:
        assert np.abs(reference(graph, [x])[0] - expected(graph, x)).max() <= 0.75


def test_requantize_q32_rounds_halves_up() -> None:
    assert requantize_q32([1, -1, 3, -3], 2**31 - 1).tolist() == [0, 0, 1, -1]
    assert requantize_q32([2, -2, 6, -6], 2**30).tolist() == [1, 0, 2, -1]
    assert requantize_q32([2**31 - 1, -(2**31)], 2**31 - 1).tolist() == [2**30 - 1, -(2**30) + 1]


def test_parts_are_as_long_as_their_sums_allow(rng: np.random.Generator) -> None:
    for bits in (8, 12, 15):
        rows = random_weights(rng, (3, int(rng.integers(1, 300))), 0, bits).values
        words = part_words(rows)

        def largest(count: int, rows: Array = rows) -> int:
            sizes = np.abs(np.pad(rows, ((0, 0), (0, -rows.shape[1] % 4))).astype(int))
            starts = range(0, max(1, sizes.shape[1] - 4 * count + 1), 4)
            return max(int(sizes[:, start : start + 4 * count].sum(axis=1).max()) for start in starts)

        assert largest(words) <= 65_535
        assert words == -(-rows.shape[1] // 4) or largest(words + 1) > 65_535


@pytest.mark.parametrize("bits", [2, 10, 15])
def test_weights_of_so_many_bits(bits: int, rng: np.random.Generator) -> None:
    rows = rng.normal(size=(5, 3, 7)) * np.array([1e-6, 1, 1e6, 0, 3])[:, None, None]
    values, scales = quantize_weights(rows, bits)
    assert (values.dtype, scales.dtype, values.shape, scales.shape) == (np.int16, np.float32, (5, 3, 7), (5,))
    assert (np.abs(values - rows / scales[:, None, None].astype(float)) <= 0.5 + 1e-9).all()
    assert np.abs(values).max(axis=(1, 2)).tolist() == [2 ** (bits - 1) - 1] * 3 + [0, 2 ** (bits - 1) - 1]


@pytest.mark.parametrize(("inputs", "narrow"), [(1, True), (27, True), (256, True), (1024, False), (140_000, False)])
def test_as_many_bits_as_leave_sums_of_32(inputs: int, narrow: bool, rng: np.random.Generator) -> None:
    rows, bias, in_scale = rng.normal(size=(4, inputs)), rng.normal(size=4) * inputs, 3.7 / 32768
    values, scales = quantize_for_32_bits(rows, bias, in_scale)
    sums = np.abs(values.astype(np.int64)).sum(axis=1) * 32768 + np.abs(np.rint(bias / in_scale / scales))
    assert bool((sums < 2**31).all()) == narrow
    assert (np.abs(values).max(axis=1) >= (511 if narrow else 2047)).all()
    if narrow and inputs > 4:
        assert (sums > 2**31 * 0.97).all()  # no bit is wasted
    real = np.abs(values - rows / scales[:, None].astype(float))
    assert real.max() <= 0.5 + 1e-9


def test_a_channel_that_is_nearly_its_bias_costs_the_others_nothing() -> None:
    """Nor does one of zeros; where sums have 64 bits, no bias leaves them."""
    rows, bias = np.array([[1.0, -0.5], [1e-6, 1e-7], [0, 0], [0, 0]]), np.array([0.1, 7.0, 3.0, 0.0])
    values, scales = quantize_for_32_bits(rows, bias, 1e-3)
    sums = np.abs(values.astype(np.int64)).sum(axis=1) * 32768 + np.rint(bias / 1e-3 / scales)
    assert (sums < 2**31).all()
    assert np.abs(values).max(axis=1).tolist() == [16383, 0, 0, 0]
    assert scales[3] == scales[:3].min()
    many = np.tile(rows[:, :1], 2000)
    values, scales = quantize_for_32_bits(many, bias * 1e9, 1e-3)
    assert (np.abs(np.rint(bias * 1e9 / 1e-3 / scales)) < 2**46.1).all()
    assert np.abs(values[0]).max() <= 2047


def test_what_is_not_supported_is_named() -> None:
    with pytest.raises(UnsupportedModel, match=r"int16 weights are within \+-16,383"):
        dense_of([[16384]], [0])
    with pytest.raises(UnsupportedModel, match="bias is int64, or left out"):
        w = weights([[5]], [1.0])
        x, y = tensor("x", (1, 1), "int16", (1.0, 0)), tensor("y", (1, 1), "int16", (9.0, 0))
        b = wide_bias([1])
        short = type(b)("b", (1,), "int32", None, b.values.astype(np.int32))
        one_node(FullyConnectedInt16(WHOLE), [x, w, short], [y])
    with pytest.raises(UnsupportedModel, match=r"sums stay below 2\^47"):
        dense_of([[5]], [2**47])


@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4f"])
def test_the_cores_own_loops(core: str, tmp_path: Path, rng: np.random.Generator) -> None:
    """Layers of each kind, with sums of 32 bits and of 64, even and odd numbers of channels."""
    for index, (kind, bits) in enumerate((kind, bits) for kind in LAYERS for bits in (9, 15)):
        case = LAYERS[kind](rng, bits)
        outputs, _ = run_on_core(case.network, case.samples, core, tmp_path / str(index))
        for sample, output in zip(case.samples, outputs, strict=True):
            assert_same(output, reference(case.network, sample), f"{core}: {case.network}")


def counted(kind: str) -> Graph:
    """The layers of a residual binarized network that are real-valued."""
    rng = np.random.default_rng(1)
    same = {
        name: Window.resolve("SAME", size, (3, 3), stride)
        for name, size, stride in (("stem", (32, 32), (2, 2)), ("depthwise", (8, 8), (1, 1)))
    }
    op, x, shape, y, axis = {
        "stem": (Conv2DInt16(same["stem"], WHOLE), (1, 32, 32, 3), (16, 3, 3, 3), (1, 16, 16, 16), 0),
        "transition": (Conv2DInt16(Window((1, 1)), WHOLE), (1, 8, 8, 64), (128, 1, 1, 64), (1, 8, 8, 128), 0),
        "depthwise": (DepthwiseConv2DInt16(same["depthwise"], WHOLE), (1, 8, 8, 64), (1, 3, 3, 64), (1, 8, 8, 64), 3),
        "dense": (FullyConnectedInt16(WHOLE), (1, 256), (10, 256), (1, 10), 0),
    }[kind]
    real = rng.normal(size=shape)
    values, _ = quantize_for_32_bits(np.moveaxis(real, axis, 0), np.full(shape[axis], 3.0), 1e-3)
    w = weights(np.moveaxis(values, 0, axis), [1.0] * shape[axis], axis)
    b = wide_bias(rng.integers(-(10**4), 10**4, shape[axis]))
    return one_node(op, [tensor("x", x, "int16", (1.0, 0)), w, b], [tensor("y", y, "int16", (1e4, 0))])


BOUNDS = {
    ("stem", "cortex-m4f"): 2.3,
    ("stem", "cortex-m0plus"): 7.4,
    ("transition", "cortex-m4f"): 1.1,
    ("transition", "cortex-m0plus"): 4.9,
    ("depthwise", "cortex-m4f"): 4.4,
    ("depthwise", "cortex-m0plus"): 12.8,
    ("dense", "cortex-m4f"): 1.5,
    ("dense", "cortex-m0plus"): 6.4,
}


@pytest.mark.parametrize(("kind", "core"), BOUNDS)
def test_instructions_a_mac(kind: str, core: str, tmp_path: Path, rng: np.random.Generator) -> None:
    """Bounds, a little above what was counted with gcc 12 -O2."""
    graph = counted(kind)
    assert not is_wide(graph)
    x = rng.integers(-32768, 32768, graph.input_tensors[0].shape).astype(np.int16)
    outputs, instructions = run_on_core(graph, [[x]], core, tmp_path, count=True)
    assert_same(outputs[0], reference(graph, [x]), kind)
    print(kind, core, instructions / graph.macs)
    assert instructions / graph.macs <= BOUNDS[kind, core]

"""BINARY_CONV_2D_INT16: numpy == C for any geometry, line and clamp, to int16 and int8; what is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.binary_layers import counted, random_layer, random_window, scaled_case
from support.graph_case import GraphCase, constant, one_node, prove_graphs, tensor
from support.on_core import run_on_core
from support.proof import assert_same, reference

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Tensor
from edgeopt.ops._window import Window
from edgeopt.ops.binary.conv2d_int16 import BinaryConv2DInt16

SAME = Window((3, 3), pad_top=1, pad_bottom=1, pad_left=1, pad_right=1)


def core_cases(rng: np.random.Generator) -> list[GraphCase]:
    grouped = Window((2, 3), stride=(2, 1), dilation=(1, 2), pad_left=2)
    made = [
        scaled_case(rng, SAME, 33, (1, 3, 4), 40, pad_zero=True),
        scaled_case(rng, grouped, 128, (2, 4, 6), 64, groups=2),
        scaled_case(rng, Window((1, 1)), 64, (1, 2, 2), 5),
    ]
    return [*made, *(_of_type(rng, dtype) for dtype in ("int16", "int8"))]


def _of_type(rng: np.random.Generator, dtype: str) -> GraphCase:
    while True:
        case = scaled_case(rng, SAME, 64, (1, 3, 3), 33)
        if case.network.output_tensors[0].dtype == dtype:
            return case


def test_random_layers(tmp_path: Path, rng: np.random.Generator) -> None:
    prove_graphs([random_layer(rng, BinaryConv2DInt16) for _ in range(40)], tmp_path)


def test_outputs_are_those_of_the_definition(rng: np.random.Generator) -> None:
    for pad_zero in (False, True):
        window = random_window(rng, (5, 4), padded=True)
        case = scaled_case(rng, window, 33, (1, 5, 4), 9, pad_zero=pad_zero)
        op, tensors = case.network.nodes[0].op, case.network.tensors
        assert isinstance(op, BinaryConv2DInt16)
        d = np.minimum(np.maximum(counted(case, case.samples[0][0]), op.d_low), op.d_high)
        q = np.floor((d * tensors["multiplier"].values + tensors["bias"].values) / 2.0**op.shift)
        wanted = np.clip(q, *op.clamp).astype(tensors["y"].dtype)
        assert_same(reference(case.network, case.samples[0]), [wanted], str(case.network))


@pytest.mark.parametrize("dtype", ["int16", "int8"])
def test_lines_at_the_ends_of_32_bits(dtype: str, tmp_path: Path, rng: np.random.Generator) -> None:
    """The steepest lines that are allowed, up and down, and no shift, or all of it."""
    case = scaled_case(rng, SAME, 64, (1, 3, 3), 4)
    steepest = (2**31 - 1) // 1152
    lines = {
        "multiplier": np.array([steepest, -steepest, steepest - 1, 0], np.int32),
        "bias": np.array([-(2**31), 2**31 - 1, 0, -(2**31)], np.int32),
    }
    info = np.iinfo(dtype)
    tensors = dict(case.network.tensors) | {name: constant(name, data, "int32") for name, data in lines.items()}
    op = BinaryConv2DInt16(SAME, 64, 1, True, 0, 1152, 0, (info.min, info.max))
    output = tensor("y", (1, 3, 3, 4), dtype, (0.1, 0))
    inputs = [tensors[name] for name in ("x", "weights", "multiplier", "bias")]
    graphs = [one_node(replace(op, shift=shift), inputs, [output]) for shift in (0, 16, 31)]
    prove_graphs([GraphCase(graph, case.samples) for graph in graphs], tmp_path)


# instructions a binary multiply-accumulate, a little above what was measured with gcc 12 -O2
@pytest.mark.parametrize(("core", "bound"), [("cortex-m4f", 0.27), ("cortex-m0plus", 0.40)])
def test_instructions_a_mac(core: str, bound: float, tmp_path: Path, rng: np.random.Generator) -> None:
    case = scaled_case(rng, SAME, 64, (1, 4, 4), 64)
    node = case.network.nodes[0]
    assert isinstance(node.op, BinaryConv2DInt16)
    op = replace(node.op, d_low=0, d_high=576, shift=8, clamp=(-32768, 32767))  # as behind a relu
    tensors = dict(case.network.tensors)
    tensors["y"] = replace(tensors["y"], dtype="int16")
    for name in ("multiplier", "bias"):
        tensors[name] = constant(name, rng.integers(-9999, 9999, 64), "int32")
    network = replace(case.network, nodes=(replace(node, op=op),), tensors=tensors)
    outputs, instructions = run_on_core(network, case.samples[:1], core, tmp_path, count=True)
    assert_same(outputs[0], reference(network, case.samples[0]), core)
    assert instructions / network.binary_macs <= bound


GOOD = BinaryConv2DInt16(SAME, 64, 1, False, 0, 1152, 4, (-100, 100))
X, W = tensor("x", (1, 4, 4, 2), "int32"), constant("weights", np.zeros((5, 3, 3, 2)), "int32")
LINES = [constant("multiplier", [100] * 5, "int32"), constant("bias", [7] * 5, "int32")]
Y = tensor("y", (1, 4, 4, 5), "int16", (0.1, 0))
STEEP = constant("multiplier", [2**31 // 1152 + 1] * 5, "int32")
REFUSED: dict[str, tuple[BinaryConv2DInt16, list[Any], Tensor, str]] = {
    "data": (GOOD, [replace(X, dtype="int8"), W, *LINES], Y, "words of its channels' bits"),
    "multiplier": (GOOD, [X, W, constant("m", [1] * 4, "int32"), LINES[1]], Y, "its multiplier and bias"),
    "bias": (GOOD, [X, W, LINES[0], constant("b", [1] * 5, "int64")], Y, "its multiplier and bias"),
    "no bias": (GOOD, [X, W, LINES[0], None], Y, "its multiplier and bias"),
    "counts below 0": (replace(GOOD, d_low=-1), [X, W, *LINES], Y, "clamped to 0 or more"),
    "counts crossed": (replace(GOOD, d_low=9, d_high=8), [X, W, *LINES], Y, "clamped to 0 or more"),
    "shift": (replace(GOOD, shift=32), [X, W, *LINES], Y, "its shift"),
    "clamp": (replace(GOOD, clamp=(-129, 0)), [X, W, *LINES], replace(Y, dtype="int8"), "its clamp lies in that"),
    "clamp crossed": (replace(GOOD, clamp=(1, 0)), [X, W, *LINES], Y, "its clamp lies in that"),
    "output": (GOOD, [X, W, *LINES], replace(Y, dtype="int32"), "its output is int8 or int16"),
    "sums": (GOOD, [X, W, STEEP, LINES[1]], Y, "stay in 32 bits"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name: str) -> None:
    op, inputs, output, sentence = REFUSED[name]
    with pytest.raises(UnsupportedModel, match=sentence):
        one_node(op, inputs, [output])


def test_steep_lines_are_allowed_where_few_counts_come() -> None:
    one_node(replace(GOOD, d_high=900), [X, W, STEEP, LINES[1]], [Y])

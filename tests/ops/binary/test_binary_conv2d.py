"""BINARY_CONV_2D: numpy == C for any geometry; what its counts are; instructions; what is refused."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.binary_layers import CHANNELS, conv_case, counted, random_layer, random_window, random_words
from support.graph_case import GraphCase, constant, one_node, prove_graphs, tensor
from support.on_core import run_on_core
from support.proof import assert_same, reference

from edgeopt.bits import pack_bits
from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Target, Tensor
from edgeopt.ops._window import Window
from edgeopt.ops.binary.conv2d import BinaryConv2D

SAME = Window((3, 3), pad_top=1, pad_bottom=1, pad_left=1, pad_right=1)
POINT = Window((1, 1))


def core_cases(rng: np.random.Generator) -> list[GraphCase]:
    grouped = BinaryConv2D(Window((2, 3), stride=(2, 1), dilation=(1, 2), pad_left=2), 128, groups=2)
    return [
        conv_case(rng, BinaryConv2D(SAME, 64, pool=(2, 2)), (1, 5, 4), 40, mask=True),
        conv_case(rng, BinaryConv2D(SAME, 33, pad_zero=True), (1, 3, 4), 5),
        conv_case(rng, grouped, (2, 4, 6), 64),
        conv_case(rng, BinaryConv2D(Window((2, 2)), 170), (1, 3, 3), 33),
        conv_case(rng, BinaryConv2D(POINT, 40), (1, 2, 3), 32),
    ]


def test_random_layers(tmp_path: Path, rng: np.random.Generator) -> None:
    prove_graphs([random_layer(rng, BinaryConv2D) for _ in range(40)], tmp_path)


def test_any_number_of_words(tmp_path: Path, rng: np.random.Generator) -> None:
    """Every rest that triples and blocks of them leave."""
    counts = [*range(1, 22), 36, 45]
    prove_graphs([conv_case(rng, BinaryConv2D(POINT, 32 * n), (1, 1, 2), 3) for n in counts], tmp_path)


def test_any_number_of_channels(tmp_path: Path, rng: np.random.Generator) -> None:
    cases = [conv_case(rng, BinaryConv2D(SAME, c, pad_zero=True), (1, 3, 3), o) for c in CHANNELS for o in CHANNELS[:4]]
    prove_graphs(cases, tmp_path)


@pytest.mark.parametrize("pad_zero", [False, True])
def test_extremes(pad_zero: bool, tmp_path: Path, rng: np.random.Generator) -> None:
    """Bits that are always 1 or never, and sums at both ends of their range."""
    op = BinaryConv2D(SAME, 70, pad_zero=pad_zero)
    ends = [[-1] * 40, [2 * op.products] * 40, [2 * op.products - 1] * 40, [0] * 40]
    weights = [random_words(rng, (40, 3, 3), 70, ones) for ones in (0.0, 1.0)]
    cases = [conv_case(rng, op, (1, 4, 4), 40, weights=w, thresholds=t) for w in weights for t in ends]
    prove_graphs(cases, tmp_path)
    always, never = (reference(cases[i].network, cases[i].samples[0])[0] for i in (0, 1))
    assert_same([always, never], [np.broadcast_to(pack_bits(np.ones(40)), always.shape), np.zeros_like(never)], "ends")


def test_a_window_outside_of_the_image(tmp_path: Path, rng: np.random.Generator) -> None:
    """Padding wider than the kernel: windows that hold nothing but padding."""
    window = Window((2, 2), pad_top=3, pad_bottom=2, pad_left=4, pad_right=3)
    cases = [conv_case(rng, BinaryConv2D(window, 45, 1, pad_zero, (2, 1)), (1, 2, 3), 33) for pad_zero in (False, True)]
    prove_graphs(cases, tmp_path)


def test_counts_are_those_of_the_definition(rng: np.random.Generator) -> None:
    for pad_zero in (False, True):
        for channels in (7, 33):
            window = random_window(rng, (5, 4), padded=True)
            case = conv_case(rng, BinaryConv2D(window, channels, 1, pad_zero), (1, 5, 4), 9)
            thresholds = case.network.tensors["thresholds"].values
            wanted = pack_bits((counted(case, case.samples[0][0]) > thresholds).astype(np.uint8))
            assert_same(reference(case.network, case.samples[0]), [wanted], str(case.network))


def test_binary_macs_are_those_that_are_computed(rng: np.random.Generator) -> None:
    case = conv_case(rng, BinaryConv2D(Window((3, 3)), 64, pool=(2, 2)), (2, 7, 9), 40)
    assert case.network.binary_macs == 2 * (2 * 2) * (3 * 2) * 40 * 9 * 64
    assert case.network.macs == 0


def test_the_report_says_how_windows_are_read(rng: np.random.Generator) -> None:
    def why(op: BinaryConv2D) -> str:
        network = conv_case(rng, op, (1, 6, 6), 32).network
        return network.nodes[0].op.c_calls(network.io(network.nodes[0]), Target("cortex-m4f"))[0].why

    assert why(BinaryConv2D(POINT, 64)) == "pointwise"
    assert why(BinaryConv2D(SAME, 64)) == "windows read by rows"
    assert why(BinaryConv2D(Window((2, 2)), 64)) == "windows gathered"
    assert why(BinaryConv2D(SAME, 64, pad_zero=True)) == "windows read by rows, those over zero padding counted twice"


# instructions a binary multiply-accumulate, a little above what was measured with gcc 12 -O2
BOUNDS = {"cortex-m4f": (0.23, 0.27), "cortex-m0plus": (0.34, 0.40)}


@pytest.mark.parametrize("core", BOUNDS)
def test_instructions_a_mac(core: str, tmp_path: Path, rng: np.random.Generator) -> None:
    for channels, bound in zip((64, 32), BOUNDS[core], strict=True):
        case = conv_case(rng, BinaryConv2D(SAME, channels), (1, 4, 4), 64)
        outputs, instructions = run_on_core(case.network, case.samples[:1], core, tmp_path / str(channels), count=True)
        assert_same(outputs[0], reference(case.network, case.samples[0]), core)
        assert instructions / case.network.binary_macs <= bound


GOOD = BinaryConv2D(SAME, 64)


def words(shape: tuple[int, ...], value: int = 0) -> Tensor:
    return constant("weights", np.full(shape, value), "int32")


def thresholds(count: int = 5, value: int = 0) -> Tensor:
    return constant("thresholds", np.full(count, value), "int32")


X = tensor("x", (1, 4, 4, 2), "int32")
W, T, Y = words((5, 3, 3, 2)), thresholds(), tensor("y", (1, 4, 4, 1), "int32")
REFUSED: dict[str, tuple[BinaryConv2D, list[Tensor], Tensor, str]] = {
    "data int8": (GOOD, [replace(X, dtype="int8"), W, T], Y, "words of its channels' bits"),
    "rank": (GOOD, [replace(X, shape=(1, 16, 2)), W, T], Y, "words of its channels' bits"),
    "no data": (GOOD, [replace(X, shape=(0, 4, 4, 2)), W, T], Y, "words of its channels' bits"),
    "words of data": (GOOD, [replace(X, shape=(1, 4, 4, 3)), W, T], Y, "words of its channels' bits"),
    "words of weights": (GOOD, [X, words((5, 3, 3, 1)), T], Y, "words of its channels' bits"),
    "weights fed": (GOOD, [X, replace(W, data=None), T], Y, "words of its channels' bits"),
    "no groups": (replace(GOOD, groups=0), [X, W, T], Y, "groups divide"),
    "groups of 16": (replace(GOOD, channels=32, groups=2), [X, W, T], Y, "groups divide"),
    "outputs of groups": (replace(GOOD, groups=2), [X, words((32, 3, 3, 1)), thresholds(32)], Y, "groups divide"),
    "kernel": (GOOD, [X, words((5, 3, 2, 2)), T], Y, "window's height and width"),
    "tail": (replace(GOOD, channels=63), [X, words((5, 3, 3, 2), -(2**31)), T], Y, "behind the last channel are 0"),
    "products": (BinaryConv2D(POINT, 65_568), [X, W, T], Y, "65,536 products at most"),
    "thresholds low": (GOOD, [X, W, thresholds(value=-2)], Y, "its thresholds"),
    "thresholds high": (GOOD, [X, W, thresholds(value=2 * 576 + 1)], Y, "its thresholds"),
    "thresholds few": (GOOD, [X, W, thresholds(4)], Y, "its thresholds"),
    "mask": (GOOD, [X, W, T, constant("any", [0, 0], "int32")], Y, "its mask"),
    "pool": (replace(GOOD, pool=(5, 1)), [X, W, T], Y, "its pools fit"),
    "no pool": (replace(GOOD, pool=(0, 1)), [X, W, T], Y, "its pools fit"),
    "output": (GOOD, [X, W, T], replace(Y, dtype="int8"), "its output is words"),
    "stride": (replace(GOOD, window=Window((3, 3), (40_000, 1))), [X, W, T], Y, "at most 32,767"),
    "window": (replace(GOOD, window=Window((3, 3), dilation=(4, 1))), [X, W, T], Y, "fits into the padded"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name: str) -> None:
    op, inputs, output, sentence = REFUSED[name]
    with pytest.raises(UnsupportedModel, match=sentence):
        one_node(op, inputs, [output])


def test_no_file_has_it() -> None:
    parse: Callable[..., Any] = BinaryConv2D.parse
    with pytest.raises(UnsupportedModel, match="binary_conv2d is an operator of edgeopt's own"):
        parse({}, None)

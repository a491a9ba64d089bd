"""BINARY_DENSE: numpy == C for any number of features and channels; instructions; what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.binary_layers import CHANNELS, dense_case, random_words
from support.graph_case import GraphCase, constant, one_node, prove_graphs, tensor
from support.on_core import run_on_core
from support.proof import assert_same, reference

from edgeopt.bits import pack_bits, unpack_bits
from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Tensor
from edgeopt.ops.binary.dense import BinaryDense


def core_cases(rng: np.random.Generator) -> list[GraphCase]:
    return [dense_case(rng, features, 37, batches=2) for features in (20, 64, 288, 576, 1000)]


def test_any_number_of_features_and_channels(tmp_path: Path, rng: np.random.Generator) -> None:
    pairs = [(int(rng.integers(1, 2000)), int(rng.integers(1, 100))) for _ in range(20)]
    cases = [
        dense_case(rng, *pair, batches=int(rng.integers(1, 3)))
        for pair in (*pairs, *zip(CHANNELS, CHANNELS, strict=True))
    ]
    prove_graphs(cases, tmp_path)


def test_the_largest_sum(tmp_path: Path, rng: np.random.Generator) -> None:
    """All of 65,536 products are -1, or none: counts at both ends of what the sums hold."""
    weights = random_words(rng, (2,), 65_536, 0.0)
    ends = [[2 * 65_536 - 1, 2 * 65_536], [-1, 0]]
    cases = [dense_case(rng, 65_536, 2, weights=weights, thresholds=thresholds) for thresholds in ends]
    prove_graphs(cases, tmp_path)
    outputs = [reference(case.network, case.samples[2])[0] for case in cases]  # the sample of ones alone
    assert [int(output[0, 0]) for output in outputs] == [1, 3]


def test_bits_are_those_of_the_definition(rng: np.random.Generator) -> None:
    case = dense_case(rng, 77, 9, batches=3)
    tensors = case.network.tensors
    x, w = unpack_bits(case.samples[0][0], 77), unpack_bits(tensors["weights"].values, 77)
    d = 2 * np.array([[np.count_nonzero(row != filters) for filters in w] for row in x])
    wanted = pack_bits((d > tensors["thresholds"].values).astype(np.uint8))
    assert_same(reference(case.network, case.samples[0]), [wanted], str(case.network))
    assert case.network.binary_macs == 3 * 9 * 77


# instructions a binary multiply-accumulate, a little above what was measured with gcc 12 -O2
@pytest.mark.parametrize(("core", "bound"), [("cortex-m4f", 0.235), ("cortex-m0plus", 0.34)])
def test_instructions_a_mac(core: str, bound: float, tmp_path: Path, rng: np.random.Generator) -> None:
    case = dense_case(rng, 2304, 64)
    outputs, instructions = run_on_core(case.network, case.samples[:1], core, tmp_path, count=True)
    assert_same(outputs[0], reference(case.network, case.samples[0]), core)
    assert instructions / case.network.binary_macs <= bound


GOOD = BinaryDense(40)
X, Y = tensor("x", (2, 2), "int32"), tensor("y", (2, 1), "int32")
W, T = constant("weights", np.zeros((5, 2)), "int32"), constant("thresholds", [80] * 5, "int32")
REFUSED: dict[str, tuple[BinaryDense, list[Tensor], Tensor, str]] = {
    "data": (GOOD, [replace(X, dtype="int16"), W, T], Y, "words of its features' bits"),
    "rank": (GOOD, [replace(X, shape=(1, 2, 2)), W, T], Y, "words of its features' bits"),
    "no data": (GOOD, [replace(X, shape=(0, 2)), W, T], Y, "words of its features' bits"),
    "words": (GOOD, [X, constant("weights", np.zeros((5, 1)), "int32"), T], Y, "words of its features' bits"),
    "weights fed": (GOOD, [X, replace(W, data=None), T], Y, "words of its features' bits"),
    "features": (replace(GOOD, features=65_537), [X, W, T], Y, "65,536 features at most"),
    "none": (replace(GOOD, features=0), [X, W, T], Y, "words of its features' bits"),
    "tail": (GOOD, [X, constant("weights", np.full((5, 2), 256), "int32"), T], Y, "behind the last feature are 0"),
    "thresholds": (GOOD, [X, W, constant("thresholds", [81] * 5, "int32")], Y, "its thresholds"),
    "output": (GOOD, [X, W, T], replace(Y, dtype="int8"), "its output is words"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name: str) -> None:
    op, inputs, output, sentence = REFUSED[name]
    with pytest.raises(UnsupportedModel, match=sentence):
        one_node(op, inputs, [output])

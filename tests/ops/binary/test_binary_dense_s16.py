"""BINARY_DENSE_INT16: numpy == C for any number of features and channels, to int16 and int8; what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.binary_layers import scaled_dense_case
from support.graph_case import GraphCase, constant, one_node, prove_graphs, tensor
from support.proof import assert_same, reference

from edgeopt.bits import unpack_bits
from edgeopt.errors import UnsupportedModel
from edgeopt.ops.binary.dense_int16 import BinaryDenseInt16


def core_cases(rng: np.random.Generator) -> list[GraphCase]:
    return [scaled_dense_case(rng, features, 37, batches=2) for features in (20, 64, 288, 576, 1000)]


def test_any_number_of_features_and_channels(tmp_path: Path, rng: np.random.Generator) -> None:
    pairs = [(int(rng.integers(1, 2000)), int(rng.integers(1, 100))) for _ in range(30)]
    cases = [scaled_dense_case(rng, *pair, batches=int(rng.integers(1, 3))) for pair in pairs]
    assert {case.network.output_tensors[0].dtype for case in cases} == {"int8", "int16"}
    prove_graphs(cases, tmp_path)


def test_outputs_are_those_of_the_definition(rng: np.random.Generator) -> None:
    case = scaled_dense_case(rng, 77, 9, batches=3)
    op, tensors = case.network.nodes[0].op, case.network.tensors
    assert isinstance(op, BinaryDenseInt16)
    x, w = unpack_bits(case.samples[0][0], 77), unpack_bits(tensors["weights"].values, 77)
    d = 2 * np.array([[np.count_nonzero(row != filters) for filters in w] for row in x])
    d = np.minimum(np.maximum(d, op.d_low), op.d_high)
    q = np.floor((d * tensors["multiplier"].values + tensors["bias"].values) / 2.0**op.shift)
    wanted = np.clip(q, *op.clamp).astype(tensors["y"].dtype)
    assert_same(reference(case.network, case.samples[0]), [wanted], str(case.network))
    assert case.network.binary_macs == 3 * 9 * 77


GOOD = BinaryDenseInt16(40, 0, 80, 4, (-100, 100))
X, Y = tensor("x", (2, 2), "int32"), tensor("y", (2, 5), "int16", (0.1, 0))
W = constant("weights", np.zeros((5, 2)), "int32")
LINES = [constant("multiplier", [100] * 5, "int32"), constant("bias", [7] * 5, "int32")]
STEEP = constant("multiplier", [2**31 // 80 + 1] * 5, "int32")


@pytest.mark.parametrize(
    ("op", "inputs", "output", "sentence"),
    [
        (GOOD, [replace(X, shape=(2, 3)), W, *LINES], Y, "words of its features' bits"),
        (GOOD, [X, W, LINES[0], constant("bias", [7] * 4, "int32")], Y, "its multiplier and bias"),
        (GOOD, [X, W, STEEP, LINES[1]], Y, "stay in 32 bits"),
        (replace(GOOD, shift=-1), [X, W, *LINES], Y, "its shift"),
        (GOOD, [X, W, *LINES], replace(Y, dtype="float32"), "its output is int8 or int16"),
    ],
)
def test_refuses(op: BinaryDenseInt16, inputs: list[object], output: object, sentence: str) -> None:
    with pytest.raises(UnsupportedModel, match=sentence):
        one_node(op, inputs, [output])  # type: ignore[arg-type, list-item]

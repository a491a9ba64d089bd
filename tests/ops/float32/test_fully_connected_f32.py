"""FULLY_CONNECTED, float32: tflite-micro == numpy == C."""

from pathlib import Path

import numpy as np
import pytest
from support.binary import ACTIVATIONS
from support.floats import constant, data, floats
from support.proof import Case, Value, prove
from support.tflite_writer import ModelBuilder

from edgeopt.errors import UnsupportedModel
from edgeopt.load.graph import build

Random = np.random.Generator


def dense(rng: Random, batch: int, inputs: int, channels: int, activation: str = "NONE", bias: bool = True) -> Case:
    operands: list[Value | None] = [data(batch, inputs), constant(floats(rng, channels, inputs))]
    operands += [constant(floats(rng, channels))] if bias else []
    options = {"fused_activation_function": activation}
    return Case("FULLY_CONNECTED", operands, data(batch, channels), options).with_random_samples(rng)


def test_random_layers(tmp_path: Path, rng: Random) -> None:
    sizes = [(1, 1, 1), (1, 7, 3), (2, 64, 10), (3, 33, 4), (1, 300, 9), (1, 5, 6)]
    cases = [dense(rng, *size, activation=ACTIVATIONS[index % 4]) for index, size in enumerate(sizes)]
    prove([*cases, dense(rng, 2, 9, 5, bias=False)], tmp_path)


def test_sums_that_overflow_stay_as_tflite_micro_has_them(tmp_path: Path, rng: Random) -> None:
    large = np.full((1, 4), 3e38, np.float32)
    weights = np.array([[1, 1, 1, 1], [1, 1, -1, -1], [-1, -1, 1, 1], [0, 0, 0, 1]], np.float32)
    prove([Case("FULLY_CONNECTED", [data(1, 4), constant(weights)], data(1, 4), samples=[[large]])], tmp_path)


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [("computed", "weights are constant and float32"), ("int8", "float activations and int8 weights")],
)
def test_what_is_not_supported_is_named(weights: str, sentence: str) -> None:
    m = ModelBuilder()
    x, y = m.tensor([1, 4], "float32"), m.tensor([1, 2], "float32")
    values = None if weights == "computed" else np.ones((2, 4))
    scale = 0.1 if weights == "int8" else None
    w = m.tensor([2, 4], "float32" if weights == "computed" else "int8", scale, data=values)
    m.op("FULLY_CONNECTED", [x, w], [y])
    with pytest.raises(UnsupportedModel, match=sentence):
        build(m.finish([x, w] if values is None else [x], [y]), "net", allow_float=True)


def test_constants_that_are_not_finite_are_refused() -> None:
    m = ModelBuilder()
    x, y = m.tensor([1, 2], "float32"), m.tensor([1, 1], "float32")
    w = m.tensor([1, 2], "float32", data=[[1, np.inf]], name="w")
    m.op("FULLY_CONNECTED", [x, w], [y])
    with pytest.raises(UnsupportedModel, match="`w` has values that are not finite"):
        build(m.finish([x], [y]), "net", allow_float=True)


def core_cases(rng: Random) -> list[Case]:
    return [dense(rng, 2, 9, 6, "RELU")]

"""SVDF: numpy == tflite-micro == C at every inference of a sequence, with both types of state, and what it refuses."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.proof import Value, random_quant
from support.sequences import State, Stream, operator_model, prove_streams, random_stream

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Array
from edgeopt.load import load_bytes
from edgeopt.quantmath import quantize_multiplier, requantize


def svdf_inputs(
    rng: np.random.Generator, state: str, batches: int, inputs: int, filters: int, memory: int, rank: int
) -> list[Value | None]:
    x = random_quant(rng)
    features = (float(np.float32(rng.uniform(0.5, 2) / 73)), 0)
    spread = float(np.sqrt(inputs)) * 73 * 73 * x[0] * features[0]  # of the real features
    wide = state == "int16"
    kept = (float(np.float32(spread / (8000 if wide else 40))), 0)
    time = (float(np.float32(rng.uniform(0.5, 1) / (8000 if wide else 100))), 0)
    bound = 4000 if wide else 127
    bias_scale = float(np.float32(kept[0]) * np.float32(time[0]))
    return [
        Value((batches, inputs), x),
        Value((filters, inputs), features, data=rng.integers(-127, 128, (filters, inputs))),
        Value((filters, memory), time, state, rng.integers(-bound, bound + 1, (filters, memory))),
        Value((filters // rank,), (bias_scale, 0), "int32", rng.integers(-5000, 5000, filters // rank)),
        State((batches, filters * memory), kept, state),
    ]


def svdf_model(
    inputs: list[Value | None], rank: int, output: tuple[float, int] = (0.3, -7), activation: str = "NONE"
) -> bytes:
    x, features = inputs[0], inputs[1]
    assert x is not None and features is not None
    shape = (x.shape[0], features.shape[0] // max(1, rank))
    options = {"rank": rank, "fused_activation_function": activation}
    return operator_model("SVDF", inputs, Value(shape, output), options)


def svdf_stream(
    rng: np.random.Generator,
    state: str,
    batches: int = 1,
    inputs: int = 7,
    filters: int = 6,
    memory: int = 5,
    rank: int = 2,
) -> Stream:
    values = svdf_inputs(rng, state, batches, inputs, filters, memory, rank)
    x, features, time = (value for value in values[:3] if value is not None)
    assert x.quant and features.quant and time.quant
    reach = 40 * x.quant[0] * features.quant[0] * 73 * np.sqrt(inputs * memory * rank)
    output = float(np.float32(reach / 60 * np.exp(rng.uniform(-1, 1))))
    return random_stream(svdf_model(values, rank, (output, int(rng.integers(-128, 128)))), rng)


def core_cases(rng: np.random.Generator) -> list[Stream]:
    return [svdf_stream(rng, state) for state in ("int8", "int16")]


@pytest.mark.parametrize("state", ["int8", "int16"])
def test_sequences_equal_tflm(state: str, tmp_path: Path, rng: np.random.Generator) -> None:
    sizes = [(1, 1, 1, 1, 1), (1, 8, 4, 10, 1), (2, 5, 9, 3, 3), (3, 13, 6, 1, 2), (1, 40, 14, 8, 7)]
    prove_streams([svdf_stream(rng, state, *size) for size in sizes for _ in range(2)], tmp_path)


@pytest.mark.parametrize("state", ["int8", "int16"])
def test_sums_that_overflow_do_so_as_in_tflm(state: str, tmp_path: Path, rng: np.random.Generator) -> None:
    """Features and weights at their limits: states saturate, and int16 sums go round modulo 2^32."""
    values = svdf_inputs(rng, state, 1, 4, 4, 6, 2)
    bound = int(np.iinfo(state).max)
    time, features, kept = values[2], values[1], values[4]
    assert time is not None and features is not None and kept is not None and kept.quant is not None
    values[1] = replace(features, quant=(3.0, 0))
    values[2] = replace(time, data=np.full((4, 6), bound))
    prove_streams([random_stream(svdf_model(values, 2, (scale, 3)), rng) for scale in (1e-6, 0.3, 1e5)], tmp_path)


@pytest.mark.parametrize(
    ("index", "changes", "sentence"),
    [
        (0, {"dtype": "int16", "quant": (0.1, 0)}, "its input and output are int8"),
        (4, {"dtype": "int32"}, "its state is int8 or int16"),
        (1, {"quant": (0.1, 1)}, "constant and symmetric"),
        (2, {"dtype": "int8"}, "of the state's type over time"),
        (3, {"quant": (0.5, 0)}, "whose scale is that of the state times"),
        (3, None, "it has a constant int32 bias"),
        (4, {"quant": (0.1, 5)}, "the zero point of its state is 0"),
        (4, {"shape": (1, 31)}, "its shapes fit each other and its rank"),
        (0, {"shape": (1, 7, 1)}, "its shapes fit each other and its rank"),
        (3, {"shape": (4,), "data": np.zeros(4)}, "its shapes fit each other and its rank"),
    ],
)
def test_what_it_does_not_do_is_a_sentence(
    index: int, changes: dict[str, Any] | None, sentence: str, rng: np.random.Generator
) -> None:
    values = svdf_inputs(rng, "int16", 1, 7, 6, 5, 2)
    value = values[index]
    assert value is not None
    values[index] = None if changes is None else replace(value, **changes)
    with pytest.raises(UnsupportedModel, match=sentence):
        load_bytes(svdf_model(values, 2), "m")


@pytest.mark.parametrize("rank", [-1, 0, 4])
def test_ranks_that_do_not_divide_the_filters(rank: int, rng: np.random.Generator) -> None:
    with pytest.raises(UnsupportedModel, match="its shapes fit each other and its rank"):
        load_bytes(svdf_model(svdf_inputs(rng, "int16", 1, 7, 6, 5, 2), rank), "m")


def test_an_activation_is_possible_where_it_changes_nothing(rng: np.random.Generator) -> None:
    values = svdf_inputs(rng, "int16", 1, 7, 6, 5, 2)
    assert load_bytes(svdf_model(values, 2, (0.3, -128), "RELU"), "m").nodes
    with pytest.raises(UnsupportedModel, match="cuts nothing off"):
        load_bytes(svdf_model(values, 2, (0.3, -100), "RELU"), "m")


def near_ties(rng: np.random.Generator, scale: float, count: int, reach: int) -> Array:
    """Integers that times `scale` are within a hair of halves in -reach..reach: a float's rounding would move them."""
    halves = rng.integers(-reach, reach, count) + 0.5
    return np.rint(halves / scale + rng.uniform(-60, 60, count)).astype(np.int64)


def test_the_output_is_scaled_in_double(tmp_path: Path, rng: np.random.Generator) -> None:
    kept, time = (float(np.float32(rng.uniform(1e-3, 2e-3))) for _ in range(2))
    output = float(np.float32(kept * time * 2**23))
    bias = near_ties(rng, kept * time / output, 1000, 120)
    values = [
        Value((1, 1), (0.1, 0)),
        Value((1000, 1), (0.1, 0), data=np.zeros((1000, 1))),
        Value((1000, 1), (time, 0), "int16", np.zeros((1000, 1))),
        Value((1000,), (kept * time, 0), "int32", bias),
        State((1, 1000), (kept, 0), "int16"),
    ]
    prove_streams([random_stream(svdf_model(values, 1, (output, 0)), rng, 1)], tmp_path)


def test_features_are_scaled_in_double(tmp_path: Path, rng: np.random.Generator) -> None:
    """The bias takes off what each int16 feature should be, so that the output shows its last bits."""
    filters, inputs, streams = 2000, 40, []
    for _ in range(6):
        x, w = (float(np.float32(rng.uniform(1e-3, 2e-3))) for _ in range(2))
        weights = rng.integers(-127, 128, (filters, inputs))
        sample = rng.integers(-128, 128, (1, inputs)).astype(np.int8)
        sums = weights @ sample[0].astype(np.int64)
        kept = float(np.float32(x * w * np.abs(sums).max() / 30000))
        feature = requantize(sums, *quantize_multiplier(x * w / kept))
        values = [
            Value((1, inputs), (x, 0)),
            Value((filters, inputs), (w, 0), data=weights),
            Value((filters, 1), (1.0, 0), "int16", np.ones((filters, 1))),
            Value((filters,), (kept, 0), "int32", -feature),
            State((1, filters), (kept, 0), "int16"),
        ]
        streams.append(Stream(svdf_model(values, 1, (kept, 0)), [[sample]]))
    prove_streams(streams, tmp_path)

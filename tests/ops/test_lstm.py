"""UNIDIRECTIONAL_SEQUENCE_LSTM: numpy == tflite-micro == C at every inference of a sequence, and what it refuses."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.proof import Value, random_quant
from support.sequences import State, Stream, operator_model, prove_streams, random_stream

from edgeopt.errors import UnsupportedModel
from edgeopt.load import load_bytes

OPERATOR = "UNIDIRECTIONAL_SEQUENCE_LSTM"
Inputs = list[Value | None]


def lstm_inputs(
    rng: np.random.Generator, features: int, units: int, steps: int, batches: int, time_major: bool, cell_power: int
) -> Inputs:
    """Random weights of scales that let the gates move through their whole range."""
    lead = (steps, batches) if time_major else (batches, steps)
    x, h = random_quant(rng, 0.02), (float(np.float32(rng.uniform(0.004, 0.01))), int(rng.integers(-40, 40)))
    inputs: Inputs = [None] * 24
    inputs[0] = Value((*lead, features), x)
    for index in range(1, 9):
        columns = features if index < 5 else units
        scale = float(np.float32(rng.uniform(0.3, 1.5) / (73 * columns**0.5)))
        inputs[index] = Value((units, columns), (scale, 0), data=rng.integers(-127, 128, (units, columns)))
    for index in range(12, 16):
        inputs[index] = Value((units,), (1e-4, 0), "int32", rng.integers(-3000, 3000, units))
    inputs[18] = State((batches, units), h)
    inputs[19] = State((batches, units), (2.0**cell_power, 0), "int16")
    return inputs


def lstm_model(inputs: Inputs, output: Value | None = None, **options: Any) -> bytes:
    x, hidden = inputs[0], inputs[18]
    assert x is not None and hidden is not None
    wanted = output or Value((*x.shape[:2], hidden.shape[1]), hidden.quant)
    return operator_model(OPERATOR, inputs, wanted, {"fused_activation_function": "TANH", **options})


def lstm_stream(
    rng: np.random.Generator,
    features: int = 5,
    units: int = 6,
    steps: int = 2,
    batches: int = 1,
    time_major: bool = False,
    cell_power: int = -11,
    cell_clip: float = 0.0,
) -> Stream:
    inputs = lstm_inputs(rng, features, units, steps, batches, time_major, cell_power)
    return random_stream(lstm_model(inputs, time_major=time_major, cell_clip=cell_clip), rng)


def core_cases(rng: np.random.Generator) -> list[Stream]:
    return [lstm_stream(rng), lstm_stream(rng, features=8, units=3, batches=2, cell_clip=1.5)]


def test_sequences_equal_tflm(tmp_path: Path, rng: np.random.Generator) -> None:
    sizes = [(1, 1, 1), (4, 8, 1), (3, 5, 3), (17, 2, 2), (2, 17, 4)]
    streams = [lstm_stream(rng, *size, cell_power=int(rng.integers(-15, -8))) for size in sizes for _ in range(2)]
    streams += [lstm_stream(rng, batches=3, time_major=flag) for flag in (False, True)]
    streams += [lstm_stream(rng, cell_clip=float(clip)) for clip in (1e-5, 0.1, 2.0, 1e6)]
    streams += [lstm_stream(rng, cell_power=power) for power in (-24, -16, -13, -12, -3, 0)]
    prove_streams(streams, tmp_path)


def test_saturated_gates_and_cells_equal_tflm(tmp_path: Path, rng: np.random.Generator) -> None:
    streams = []
    for scale, bias in ((0.5, 0), (0.01, 2**31 - 1), (0.01, -(2**31)), (1e-12, 5)):
        inputs = lstm_inputs(rng, 4, 4, 2, 1, False, -13)
        for index in range(1, 9):
            inputs[index] = replace(_there(inputs[index]), quant=(scale, 0))
        for index in range(12, 16):
            inputs[index] = replace(_there(inputs[index]), data=np.full(4, bias))
        streams.append(random_stream(lstm_model(inputs), rng))
    prove_streams(streams, tmp_path)


def test_gates_are_scaled_in_double(tmp_path: Path, rng: np.random.Generator) -> None:
    """Biases that are within a hair of halves of a cell gate's last place, which the finest output scale shows."""
    units, streams = 300, []
    for _ in range(4):
        x = float(np.float32(rng.uniform(1e-3, 2e-3)))
        w = float(np.float32(2.0**-26 / 4096 / x))
        halves = rng.integers(-15, 15, units) + 0.5
        bias = np.rint(halves / (x * w * 4096) + rng.uniform(-60, 60, units))
        inputs = lstm_inputs(rng, 1, units, 1, 1, False, -15)
        inputs[0] = Value((1, 1, 1), (x, 0))
        for index in range(1, 9):
            value = _there(inputs[index])
            inputs[index] = replace(value, data=np.zeros(value.shape), quant=(w if index == 3 else 0.01, 0))
        open_gate = np.full(units, 2_000_000)
        for index, values in zip(range(12, 16), (open_gate, -open_gate, bias, open_gate), strict=True):
            inputs[index] = replace(_there(inputs[index]), data=values.astype(np.int64))
        inputs[18] = replace(_there(inputs[18]), quant=(2.0**-15, 0))
        streams.append(random_stream(lstm_model(inputs), rng, 1))
    prove_streams(streams, tmp_path)


def _there(value: Value | None) -> Value:
    assert value is not None
    return value


def _edit(index: int, **changes: Any) -> Callable[[Inputs], None]:
    def edit(inputs: Inputs) -> None:
        inputs[index] = replace(_there(inputs[index]), **changes)

    return edit


def _put(index: int, value: Value | None) -> Callable[[Inputs], None]:
    def put(inputs: Inputs) -> None:
        inputs[index] = value

    return put


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (_edit(0, dtype="int16", quant=(0.1, 0)), "cell state int16, quantized per tensor"),
        (_edit(19, dtype="int8"), "cell state int16, quantized per tensor"),
        (_put(19, Value((1, 3), (2.0**-11, 0), "int16", data=np.zeros(3))), "cell state int16, quantized per tensor"),
        (_put(10, Value((3,), (0.1, 0), "int16", data=np.zeros(3))), "no peephole"),
        (_put(16, Value((3, 3), (0.1, 0), data=np.zeros((3, 3)))), "no projection"),
        (_put(20, Value((3,), (0.1, 0), "int16", data=np.zeros(3))), "no layer normalization"),
        (_put(1, None), "no CIFG"),
        (_edit(2, quant=(0.1, 3)), "constant int8 weights"),
        (_put(14, None), "constant int32 biases"),
        (_edit(6, shape=(3, 4), data=np.zeros((3, 4))), "its shapes fit each other"),
        (_edit(18, shape=(2, 3)), "its shapes fit each other"),
        (_edit(0, shape=(1, 8)), "its shapes fit each other"),
        (_edit(19, quant=(0.001, 0)), "a power of two"),
        (_edit(19, quant=(2.0, 0)), "a power of two"),
        (_edit(19, quant=(2.0**-11, 1)), "its zero point 0"),
        (_edit(18, quant=(0.0078125, 1)), "the same scale and zero point"),
    ],
)
def test_what_it_does_not_do_is_a_sentence(
    edit: Callable[[Inputs], None], sentence: str, rng: np.random.Generator
) -> None:
    inputs = lstm_inputs(rng, 4, 3, 2, 1, False, -11)
    output = Value((1, 2, 3), _there(inputs[18]).quant)
    edit(inputs)
    with pytest.raises(UnsupportedModel, match=sentence):
        load_bytes(lstm_model(inputs, output), "m")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"fused_activation_function": "RELU"}, "its activation is TANH"),
        ({"cell_clip": -1.0}, "no number below 0"),
        ({"cell_clip": float("nan")}, "no number below 0"),
        ({"diagonal_recurrent_tensors": True}, "no diagonals"),
    ],
)
def test_options_that_it_does_not_do(options: dict[str, Any], sentence: str, rng: np.random.Generator) -> None:
    inputs = lstm_inputs(rng, 4, 3, 2, 1, False, -11)
    with pytest.raises(UnsupportedModel, match=sentence):
        load_bytes(lstm_model(inputs, **options), "m")

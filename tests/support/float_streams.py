"""Float .tflite of one layer that remembers, an LSTM or an SVDF, with random weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from support.sequences import mark_variables
from support.tflite_writer import ModelBuilder

Array = np.ndarray[Any, Any]
Edit = Callable[[dict[int, Array | None]], None]  # of a layer's inputs by position, None for one that is left out


def float_lstm(
    rng: np.random.Generator,
    steps: int = 6,
    features: int = 5,
    units: int = 7,
    batches: int = 1,
    edit: Edit = lambda inputs: None,
    edit_model: Callable[[Any], None] = lambda model: None,
    **options: Any,
) -> bytes:
    """`edit` may change the constants or add some; the state is at 18 and 19."""
    inputs: dict[int, Array | None] = dict.fromkeys(range(24))
    for index in range(1, 9):
        columns = features if index < 5 else units
        inputs[index] = rng.normal(0, 1.2 / columns**0.5, (units, columns)).astype(np.float32)
    for index in range(12, 16):
        inputs[index] = rng.normal(0, 0.3, units).astype(np.float32)
    edit(inputs)
    m = ModelBuilder()
    lead = (steps, batches) if options.get("time_major") else (batches, steps)
    x = m.tensor((*lead, features), "float32", name="x")
    tensors = [x, *_constants(m, inputs)]
    tensors[18], tensors[19] = (m.tensor((batches, units), "float32", name=f"state{i}") for i in range(2))
    y = m.tensor((*lead, units), "float32", name="net/lstm")
    m.op("UNIDIRECTIONAL_SEQUENCE_LSTM", tensors, [y], {"fused_activation_function": "TANH", **options})
    return m.finish([x], [y], _finished(tensors[18:20], edit_model))


def float_svdf(
    rng: np.random.Generator,
    inputs: int = 10,
    units: int = 6,
    rank: int = 2,
    memory: int = 8,
    bias: bool = True,
    edit: Edit = lambda inputs: None,
    edit_model: Callable[[Any], None] = lambda model: None,
    activation: str = "RELU",
) -> bytes:
    filters = units * rank
    constants: dict[int, Array | None] = {
        1: rng.normal(0, 0.4, (filters, inputs)).astype(np.float32),
        2: rng.normal(0, 0.4, (filters, memory)).astype(np.float32),
        3: rng.normal(0, 0.5, units).astype(np.float32) if bias else None,
    }
    edit(constants)
    m = ModelBuilder()
    x = m.tensor((1, inputs), "float32", name="x")
    state = m.tensor((1, filters * memory), "float32", name="state")
    y = m.tensor((1, units), "float32", name="net/svdf")
    options: Mapping[str, Any] = {"rank": rank, "fused_activation_function": activation}
    m.op("SVDF", [x, *_constants(m, constants), state], [y], options)
    return m.finish([x], [y], _finished([state], edit_model))


def _constants(m: ModelBuilder, inputs: Mapping[int, Array | None]) -> list[int]:
    """Tensors of the inputs behind the first, -1 for one that is left out."""
    found = [inputs[index] for index in sorted(inputs) if index > 0]
    return [-1 if data is None else m.tensor(data.shape, "float32", data=data) for data in found]


def _finished(states: list[int], edit: Callable[[Any], None]) -> Callable[[Any], None]:
    def finish(model: Any) -> None:
        mark_variables(model, states)
        edit(model)

    return finish

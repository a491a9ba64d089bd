"""Networks that remember: a window over the past, a running sum that begins with a constant, LSTMs, SVDFs."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from support.proof import Quantized, Value
from support.sequences import add_initialization, mark_variables, variable
from support.tflite_writer import ModelBuilder

QUANT: Quantized = (0.05, -5)


def window(
    past: int = 3,
    channels: int = 4,
    initial: Any = None,
    dtype: str = "int8",
    edit: Callable[[Any], None] = lambda model: None,
) -> bytes:
    """The last `past` inputs and this one; the variable `past` keeps them. `edit` may spoil the file's object model."""
    quant: Quantized | None = QUANT if dtype == "int8" else (0.05, 0) if dtype == "int16" else None
    m = ModelBuilder()
    if initial is not None:
        m.op("CALL_ONCE", [], [], {"init_subgraph_index": 1})
    x = _value(m, (1, 1, channels), quant, dtype)
    handle = variable(m, "past")
    old, both = _value(m, (1, past, channels), quant, dtype), _value(m, (1, past + 1, channels), quant, dtype)
    newest = _value(m, (1, past, channels), quant, dtype)
    m.op("READ_VARIABLE", [handle], [old])
    m.op("CONCATENATION", [old, x], [both], {"axis": 1})
    begin, size = (m.tensor([3], "int32", data=np.array(row)) for row in ((0, 1, 0), (1, past, channels)))
    m.op("SLICE", [both, begin, size], [newest])
    m.op("ASSIGN_VARIABLE", [handle, newest], [])

    def finish(model: Any) -> None:
        if initial is not None:
            first = np.broadcast_to(initial, (1, past, channels))
            add_initialization(model, {"past": Value((1, past, channels), quant, dtype, first)})
        edit(model)

    return m.finish([x], [both], finish)


def read_after_assign(initial: int = 7) -> bytes:
    """y = x + s, z = x + y and z - s, where s is `initial` at first, then y; it is read before and after that."""
    m = ModelBuilder()
    m.op("CALL_ONCE", [], [], {"init_subgraph_index": 1})
    x, before, y, after, z = (_value(m, (1, 6), (scale, 0)) for scale in (0.01, 0.03, 0.03, 0.03, 0.04))
    handle, again = variable(m, "sum"), variable(m, "sum")
    m.op("READ_VARIABLE", [handle], [before])
    m.op("ADD", [x, before], [y])
    m.op("ASSIGN_VARIABLE", [again, y], [])
    m.op("READ_VARIABLE", [handle], [after])
    m.op("ADD", [x, after], [z])
    w = _value(m, (1, 6), (0.05, 0))
    m.op("SUB", [z, before], [w])  # what was read before must have survived the assignment
    value = Value((1, 6), (0.03, 0), data=np.full((1, 6), initial))
    return m.finish([x], [y, z, w], lambda model: add_initialization(model, {"sum": value}))


def _value(m: ModelBuilder, shape: tuple[int, ...], quant: Quantized | None, dtype: str = "int8") -> int:
    scale, zero_point = quant if quant is not None else (None, 0)
    return m.tensor(shape, dtype, scale, zero_point)


def recurrent() -> bytes:
    """Two LSTM layers over four time steps, and classes of the last one: state of both types."""
    m, rng = ModelBuilder(), np.random.default_rng(4)
    x = m.tensor([1, 4, 5], "int8", 0.02, 3)
    states: list[int] = []
    hidden = _lstm(m, rng, _lstm(m, rng, x, 5, 8, states), 8, 6, states)
    begin, size = (m.tensor([3], "int32", data=np.array(row)) for row in ((0, 3, 0), (1, 1, 6)))
    last, flat, y = (
        m.tensor(shape, "int8", scale, 2) for shape, scale in (((1, 1, 6), 1 / 128), ((1, 6), 1 / 128), ((1, 3), 0.01))
    )
    m.op("SLICE", [hidden, begin, size], [last])
    m.op("RESHAPE", [last, m.tensor([2], "int32", data=np.array([1, 6]))], [flat], {"new_shape": [1, 6]})
    weights = m.tensor([3, 6], "int8", 0.01, data=rng.integers(-127, 128, (3, 6)))
    m.op("FULLY_CONNECTED", [flat, weights, -1], [y])
    return m.finish([x], [y], lambda model: mark_variables(model, states))


def filters() -> bytes:
    """An SVDF of each type of state, one behind the other, as in a keyword spotter."""
    m, rng = ModelBuilder(), np.random.default_rng(5)
    x, states = m.tensor([1, 10], "int8", 0.05, -4), []
    for state, inputs, units, rank, memory in (("int16", 10, 6, 2, 8), ("int8", 6, 4, 1, 5)):
        count, kept, time = units * rank, 0.001 if state == "int16" else 0.1, 0.0001 if state == "int16" else 0.01
        bound = 4000 if state == "int16" else 127
        features = m.tensor([count, inputs], "int8", 0.01, data=rng.integers(-127, 128, (count, inputs)))
        over_time = m.tensor([count, memory], state, time, data=rng.integers(-bound, bound + 1, (count, memory)))
        bias = m.tensor([units], "int32", kept * time, data=rng.integers(-900, 900, units))
        states.append(m.tensor([1, count * memory], state, kept, 0))
        y = m.tensor([1, units], "int8", 0.05, 7)
        m.op("SVDF", [x, features, over_time, bias, states[-1]], [y], {"rank": rank})
        x = y
    return m.finish([0], [x], lambda model: mark_variables(model, states))


def _lstm(m: ModelBuilder, rng: np.random.Generator, x: int, features: int, units: int, states: list[int]) -> int:
    """The output of an LSTM layer with random weights; its state is added to `states`."""
    inputs = [x, *[-1] * 23]
    for index in range(1, 9):
        shape = (units, features if index < 5 else units)
        inputs[index] = m.tensor(shape, "int8", 0.006, data=rng.integers(-127, 128, shape))
    for index in range(12, 16):
        inputs[index] = m.tensor([units], "int32", 0.0001, data=rng.integers(-3000, 3000, units))
    inputs[18] = m.tensor([1, units], "int8", 1 / 128, 2)
    inputs[19] = m.tensor([1, units], "int16", 2.0**-12, 0)
    states += inputs[18:20]
    y = m.tensor([1, 4, units], "int8", 1 / 128, 2)
    m.op("UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, [y], {"fused_activation_function": "TANH"})
    return y


STREAMS: Mapping[str, Callable[[], bytes]] = {
    "window": lambda: window(initial=9),
    "read_after_assign": read_after_assign,
    "recurrent": recurrent,
    "filters": filters,
}

"""Networks whose state is in variables: a window over the past, and a running sum that begins with a constant."""

from collections.abc import Callable
from typing import Any

import numpy as np
from support.proof import Quantized, Value
from support.sequences import add_initialization, variable
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

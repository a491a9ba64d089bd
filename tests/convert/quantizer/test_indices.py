"""ARG_MAX of a float model gives int32 where it gave int64, unless an operator reads it."""

import numpy as np
import pytest
from support.tflite_writer import ModelBuilder, schema

pytest.importorskip("ai_edge_litert", reason="pip install ai-edge-litert (extra `quantize`)")

from edgeopt.convert.quantizer.prepare import every_tensor_interpreter, prepare

INT64 = {"output_type": schema.TensorType.INT64}


def _model(read: bool) -> bytes:
    m = ModelBuilder()
    x, axis = m.tensor([1, 6], "float32", name="x"), m.tensor([], "int32", data=1)
    where = m.tensor([1], "int64", name="where")
    m.op("ARG_MAX", [x, axis], [where], INT64)
    if not read:
        return m.finish([x], [where])
    row = m.tensor([1, 1], "int64", name="row")
    m.op("RESHAPE", [where, m.tensor([2], "int32", data=[1, 1])], [row])
    return m.finish([x], [row])


def test_an_index_that_the_network_gives_out_has_32_bits() -> None:
    interpreter = every_tensor_interpreter(prepare(_model(read=False)).data)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], np.float32([[1, 2, 9, 3, 9, 0]]))
    interpreter.invoke()
    result = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert result.dtype == np.int32 and result.tolist() == [2]


def test_an_index_that_is_read_stays() -> None:
    network = prepare(_model(read=True))
    assert network.type_of(network.writes(0)[0]) == "INT64"

"""What the writer of the tests writes is what was asked for, and both oracles take it."""

import numpy as np
import pytest
from support.oracle import run_litert_reference, run_tflm
from support.tflite_writer import ModelBuilder

from edgeopt.load.options import read_options
from edgeopt.schema import read_model
from edgeopt.schema.flatbuffer import Reader
from edgeopt.schema.tflite import SCHEMA


def small_model() -> tuple[bytes, np.ndarray]:
    seed = 7
    print("seed", seed)
    rng = np.random.default_rng(seed)
    m = ModelBuilder()
    x = m.tensor([1, 6, 6, 3], "int8", 0.05, -3, name="x")
    weights = m.tensor([4, 3, 3, 3], "int8", [0.01, 0.02, 0.03, 0.04], data=rng.integers(-127, 128, (4, 3, 3, 3)))
    bias = m.tensor([4], "int32", [0.0005, 0.001, 0.0015, 0.002], data=rng.integers(-500, 500, 4))
    y = m.tensor([1, 3, 3, 4], "int8", 0.1, 5)
    options = {"padding": "SAME", "stride_h": 2, "stride_w": 2, "fused_activation_function": "RELU6"}
    m.op("CONV_2D", [x, weights, bias], [y], options)
    return m.finish([x], [y]), rng.integers(-128, 128, (1, 6, 6, 3)).astype(np.int8)


def test_both_oracles_run_it_alike() -> None:
    model, x = small_model()
    (tflm,), (litert,) = run_tflm(model, [x]), run_litert_reference(model, [x])
    assert tflm.shape == (1, 3, 3, 4)
    assert np.array_equal(tflm, litert)
    assert len(np.unique(tflm)) > 5


def test_the_file_says_what_was_asked_for() -> None:
    model, _ = small_model()
    file = read_model(model)
    (operator,) = file.operators
    assert (operator.name, operator.inputs, operator.outputs) == ("CONV_2D", (0, 1, 2), (3,))
    assert read_options(file.reader, operator) == {
        "padding": "SAME",
        "stride_w": 2,
        "stride_h": 2,
        "fused_activation_function": "RELU6",
        "dilation_w_factor": 1,
        "dilation_h_factor": 1,
        "quantized_bias_type": "FLOAT32",
    }
    x, weights, _, _ = file.tensors
    assert (x["name"], x["type"], x["shape"].tolist()) == ("x", "INT8", [1, 6, 6, 3])
    assert x["quantization"]["zero_point"].tolist() == [-3]
    assert weights["quantization"]["scale"].tolist() == [np.float32(s) for s in (0.01, 0.02, 0.03, 0.04)]
    assert file.data(2).size == 16


def test_constant_data_is_aligned() -> None:
    model, _ = small_model()
    for buffer in Reader(model, SCHEMA).root("Model")["buffers"]:
        if buffer["data"] is not None:
            assert model.find(buffer["data"].tobytes()) % 16 == 0


def test_data_of_another_size_is_refused() -> None:
    with pytest.raises(AssertionError, match="3 elements for shape"):
        ModelBuilder().tensor([4], data=[1, 2, 3])

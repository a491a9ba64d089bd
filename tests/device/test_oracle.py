"""What the outputs must be, and by whom."""

import numpy as np
import pytest
from support.networks import mixed
from support.tflite_writer import ModelBuilder

from edgeopt.device.oracle import REFERENCE, TFLITE_MICRO, expected_outputs
from edgeopt.load import load_bytes


def unary(operator: str, shape: tuple[int, ...], scale: float, zero_point: int, **options: float) -> bytes:
    m = ModelBuilder()
    x = m.tensor(shape, scale=0.05, zero_point=3, name="x")
    y = m.tensor(shape, scale=scale, zero_point=zero_point, name="y")
    m.op(operator, [x], [y], options)
    return m.finish([x], [y])


def division(divisor: int | None, scale: float) -> bytes:
    """A row of numbers divided by the constant `divisor`, or by itself."""
    m = ModelBuilder()
    x = m.tensor((1, 300), scale=0.05, zero_point=3, name="x")
    by = x if divisor is None else m.tensor((1,), scale=0.05, zero_point=3, data=[divisor])
    y = m.tensor((1, 300), scale=scale, zero_point=3, name="y")
    m.op("DIV", [x, by], [y])
    return m.finish([x], [y])


@pytest.mark.parametrize(
    ("model", "judge"),
    [
        (division(7, 1 / 64.5), TFLITE_MICRO),
        (division(3, 1 / 64.5), REFERENCE),
        (division(None, 1 / 64.5), REFERENCE),
        (division(7, 1 / 63), REFERENCE),
        (unary("RELU", (1, 300), 0.05, 3), TFLITE_MICRO),
        (unary("RELU6", (1, 300), 0.02, 3), REFERENCE),
        (unary("RELU_N1_TO_1", (1, 300), 0.05, 3), REFERENCE),
        (unary("GELU", (1, 300), 0.05, 3), REFERENCE),
        (unary("ABS", (1, 300), 0.05, 3), TFLITE_MICRO),
        (unary("RSQRT", (1, 300), 0.05, 3), REFERENCE),
        (unary("SOFTMAX", (1, 511), 1 / 256, -128, beta=1.0), TFLITE_MICRO),
        (unary("SOFTMAX", (1, 512), 1 / 256, -128, beta=1.0), REFERENCE),
        (mixed(), REFERENCE),
    ],
)
def test_the_exceptions_are_judged_by_our_reference(model: bytes, judge: str, rng: np.random.Generator) -> None:
    pytest.importorskip("tflite_micro", reason="pip install tflite-micro (extra `oracle`)")
    graph = load_bytes(model, "net")
    sample = [np.full(graph.input_tensors[0].shape, int(rng.integers(-128, 128)), np.int8)]
    ((output,),), oracle = expected_outputs(model, graph, [sample])
    assert oracle == judge
    assert output.shape == graph.output_tensors[0].shape

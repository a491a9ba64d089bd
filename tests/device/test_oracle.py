"""What the outputs must be, and by whom."""

from collections.abc import Sequence

import numpy as np
import pytest
from support.moving import ints
from support.networks import mixed
from support.proof import Case, Value, assert_same, reference
from support.tflite_writer import ModelBuilder

from edgeopt.device.oracle import REFERENCE, TFLITE_MICRO, by_tflite_micro, expected_outputs
from edgeopt.errors import ModelError, ToolchainError
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


def of_int16(weights: str) -> bytes:
    """A dense layer of int16 data with weights of the type `weights`."""
    m = ModelBuilder()
    x = m.tensor((1, 4), "int16", scale=0.05, name="x")
    w = m.tensor((2, 4), weights, scale=0.1, data=[[1, 2, 3, 4], [5, 6, 7, 8]])
    y = m.tensor((1, 2), "int16", scale=0.1, name="y")
    m.op("FULLY_CONNECTED", [x, w], [y])
    return m.finish([x], [y])


@pytest.mark.parametrize(
    ("model", "judge"),
    [
        (of_int16("int8"), TFLITE_MICRO),
        (of_int16("int16"), REFERENCE),
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
    x = graph.input_tensors[0]
    sample = [np.full(x.shape, int(rng.integers(-128, 128)), x.dtype)]
    ((output,),), oracle = expected_outputs(model, graph, [sample])
    assert oracle == judge
    assert output.shape == graph.output_tensors[0].shape


BACKWARDS = [ints([2, 0]), ints([-4, 2]), ints([-1, 1])]


def moving(operator: str, dtype: str, inputs: Sequence[Value], shape: Sequence[int], **options: int) -> Case:
    return Case(operator, [Value((3, 2), dtype=dtype), *inputs], Value(shape, dtype=dtype), options)


@pytest.mark.parametrize(
    ("case", "judge"),
    [
        (moving("TRANSPOSE", "int16", [ints([1, 0])], (2, 3)), TFLITE_MICRO),
        (moving("TRANSPOSE", "int32", [ints([1, 0])], (2, 3)), REFERENCE),  # refused in the middle of the inference
        (moving("TILE", "int16", [ints([1, 2])], (3, 4)), REFERENCE),
        (moving("STRIDED_SLICE", "int16", [ints([0, 1]), ints([3, 2]), ints([1, 1])], (3, 1)), TFLITE_MICRO),
        (moving("STRIDED_SLICE", "int16", [ints([1]), ints([3]), ints([1])], (2, 2)), REFERENCE),
        (moving("STRIDED_SLICE", "int16", BACKWARDS, (3, 2), ellipsis_mask=1), REFERENCE),  # where `...` stands for it
    ],
)
def test_who_judges_what_moves_data(case: Case, judge: str, rng: np.random.Generator) -> None:
    pytest.importorskip("tflite_micro", reason="pip install tflite-micro (extra `oracle`)")
    graph, sample = case.graph(), [rng.integers(0, 9, (3, 2)).astype(case.output.dtype)]
    (outputs,), oracle = expected_outputs(case.model(), graph, [sample])
    assert oracle == judge
    assert_same(outputs, reference(graph, sample), case.operator)


def test_an_index_out_of_range_is_judged_by_our_reference() -> None:
    pytest.importorskip("tflite_micro", reason="pip install tflite-micro (extra `oracle`)")
    case = Case("GATHER", [Value((3,), (0.1, 0)), Value((2,), dtype="int32")], Value((2,), (0.1, 0)))
    sample = [np.array([1, 2, 3], np.int8), np.array([1, 3], np.int32)]
    (outputs,), oracle = expected_outputs(case.model(), case.graph(), [sample])
    assert (oracle, outputs[0].tolist()) == (REFERENCE, [2, 3])


def test_what_ends_tflite_micro_ends_nothing_else(rng: np.random.Generator, capfd: pytest.CaptureFixture[str]) -> None:
    """A SLICE of six dimensions, which `expected_outputs` therefore does not show it."""
    pytest.importorskip("tflite_micro", reason="pip install tflite-micro (extra `oracle`)")
    whole = Case("SLICE", [Value((1,) * 5 + (4,)), ints([0] * 6), ints([1] * 5 + [3])], Value((1,) * 5 + (3,)))
    sample = [rng.integers(-128, 128, (1,) * 5 + (4,)).astype(np.int8)]
    with pytest.raises(ToolchainError, match=r"^tflite-micro ended by SIG\w+ and gave no answer"):
        by_tflite_micro(whole.model(), 1, [sample])
    assert expected_outputs(whole.model(), whole.graph(), [sample])[1] == REFERENCE
    assert capfd.readouterr().err == ""


def test_what_tflite_micro_prints_of_a_model_that_it_refuses_is_not_shown(capfd: pytest.CaptureFixture[str]) -> None:
    tflite_micro = pytest.importorskip("tflite_micro", reason="pip install tflite-micro (extra `oracle`)")
    case = moving("TRANSPOSE", "int32", [ints([1, 0])], (2, 3))
    sample = [np.ones((3, 2), np.int32)]
    interpreter = tflite_micro.runtime.Interpreter.from_bytes(case.model(), arena_size=1 << 20)
    interpreter.set_input(sample[0], 0)
    with pytest.raises(RuntimeError):
        interpreter.invoke()
    assert "not supported by Transpose" in capfd.readouterr().err, "it says so wherever it runs"
    with pytest.raises(ModelError, match="RuntimeError"):
        by_tflite_micro(case.model(), 1, [sample])
    assert capfd.readouterr() == ("", "")

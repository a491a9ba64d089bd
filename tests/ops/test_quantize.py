"""QUANTIZE against tflite-micro between all types that it knows."""

from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, Value, prove, random_array, random_quant, reference
from support.unary import all_values

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Target


def test_int8_to_int8_equals_tflm_on_every_value(tmp_path: Path, rng: np.random.Generator) -> None:
    cases = [all_values("QUANTIZE", random_quant(rng), random_quant(rng, spread=4)) for _ in range(50)]
    prove([*cases, all_values("QUANTIZE", (0.1, 3), (0.1, 3))], tmp_path)


TYPES = [("int8", "uint8"), ("uint8", "int8"), ("int8", "int16"), ("int16", "int8"), ("int16", "int16")]


@pytest.mark.parametrize(("from_type", "to_type"), TYPES)
def test_other_integers_equal_tflm(from_type: str, to_type: str, tmp_path: Path, rng: np.random.Generator) -> None:
    everything = np.arange(np.iinfo(from_type).min, np.iinfo(from_type).max + 1).astype(from_type)
    zero = {"int8": 0, "uint8": 128, "int16": 0}
    cases = []
    for index in range(12):
        x, y = (float(np.float32(0.05 * np.exp(rng.uniform(-2, 2)))) for _ in range(2))
        move = 0 if "int16" in (from_type, to_type) else int(rng.integers(-60, 60))
        x_quant = (x, zero[from_type] + move)
        y_quant = (x if index % 3 == 0 else y, zero[to_type] - (move if index % 2 else 0))
        out = Value(everything.shape, y_quant, to_type)
        cases.append(Case("QUANTIZE", [Value(everything.shape, x_quant, from_type)], out, {}, [[everything]]))
    prove(cases, tmp_path)


WITH_INT32 = [("int8", "int32"), ("int16", "int32"), ("int32", "int8"), ("int32", "int16")]


def _with_int32(rng: np.random.Generator, from_type: str, to_type: str) -> Case:
    """Random values and the ends; an int32 is worth less than what it is brought to or comes from."""
    info = np.iinfo(from_type)
    q = np.append(rng.integers(info.min, info.max + 1, 400), [info.min, info.min + 1, -1, 0, 1, info.max - 1, info.max])
    small, large = float(np.float32(1e-6 * np.exp(rng.uniform(-3, 3)))), float(np.float32(np.exp(rng.uniform(-5, -1))))
    zero_point = int(rng.integers(-128, 128)) if "int8" in (from_type, to_type) else 0
    int32, other = (small, 0), (large if from_type == "int32" else 1000 * small, zero_point)
    x, y = (int32, other) if from_type == "int32" else (other, int32)
    return Case("QUANTIZE", [Value(q.shape, x, from_type)], Value(q.shape, y, to_type), {}, [[q.astype(from_type)]])


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [*(_with_int32(rng, *types) for types in WITH_INT32), _float_to_int16(rng), _widened(7, -128)]


def _widened(exponent: int, zero_point: int, out_zero_point: int = 0) -> Case:
    """Every int8 as an int16 whose scale is 2^-exponent of the input's."""
    every = np.arange(-128, 128).astype(np.int8)
    x = Value(every.shape, (float(np.float32(1 / 255)), zero_point))
    y = Value(every.shape, (float(np.float32(1 / 255)) / 2.0**exponent, out_zero_point), "int16")
    return Case("QUANTIZE", [x], y, {}, [[every]])


def test_int8_to_an_int16_finer_by_a_power_of_two(tmp_path: Path, rng: np.random.Generator) -> None:
    """A shift, where no output leaves int16; else requantized, as TFLM does both."""
    shifted = [_widened(n, z) for n, z in ((0, 0), (7, -128), (7, 127), (7, 5), (3, int(rng.integers(-128, 128))))]
    others = [_widened(8, 1), _widened(13, 0), _widened(-1, 0)]
    prove([*shifted, *others], tmp_path)
    assert {_kernel_of(case) for case in shifted} == {"eo_widen_s8_s16"}
    assert {_kernel_of(case) for case in others} == {"eo_rescale"}
    assert _kernel_of(_widened(7, 0, out_zero_point=1)) == "eo_rescale"


def _kernel_of(case: Case) -> str:
    graph = case.graph()
    (call,) = graph.nodes[0].op.c_calls(graph.io(graph.nodes[0]), Target())
    return call.kernel


def test_to_and_from_int32_equals_tflm(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_with_int32(rng, *types) for types in WITH_INT32 * 6], tmp_path)


def test_int32_is_centered_and_not_blown_up() -> None:
    for quants, sentence in (
        (((0.1, 3), (0.2, 0)), "int32 has the zero point 0"),
        (((0.2, 0), (0.1, 0)), "or under it if the input is int32"),
    ):
        x, y = (Value((4,), quant, dtype) for quant, dtype in zip(quants, ("int32", "int16"), strict=True))
        with pytest.raises(UnsupportedModel, match=sentence):
            Case("QUANTIZE", [x], y).graph()


def _float_to_int16(rng: np.random.Generator, scale: float = 0.001) -> Case:
    halves = np.append(np.arange(-200, 200), np.arange(-65600, 65600, 37)).astype(np.float32) / 2
    x = np.concatenate([halves, np.nextafter(halves, np.float32(0)), rng.normal(0, 9000, 800).astype(np.float32)])
    x = (np.append(x, np.float32([1e6, -1e6])) * np.float32(scale)).astype(np.float32)
    return Case("QUANTIZE", [Value(x.shape, dtype="float32")], Value(x.shape, (scale, 0), "int16"), {}, [[x]])


def test_float_to_int16_equals_tflm(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_float_to_int16(rng, float(np.float32(scale))) for scale in (1.0, 2.0**-12, 0.001, 0.37)], tmp_path)


def test_float_to_int8_equals_tflm(tmp_path: Path, rng: np.random.Generator) -> None:
    halves = np.arange(-300, 300, dtype=np.float32) / 2
    # next to a half from below: adding 0.5 in float32 would round up
    below = np.nextafter(halves, np.float32(0))
    x = np.concatenate([halves, below, rng.normal(0, 20, 800).astype(np.float32), np.float32([1e6, -1e6])])
    quants = [(1.0, 0), (1.0, -128), (0.1, 3), random_quant(rng), random_quant(rng, 1.0)]
    cases = [Case("QUANTIZE", [Value(x.shape, dtype="float32")], Value(x.shape, q), {}, [[x]]) for q in quants]
    prove(cases, tmp_path)


def test_float_saturates_and_not_a_number_is_the_lowest(tmp_path: Path) -> None:
    """Undefined in tflite-micro, which converts what does not fit to int32."""
    x = np.float32([np.inf, -np.inf, np.nan, 3e38, -3e38])
    for dtype in ("int8", "int16"):
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
        case = Case("QUANTIZE", [Value(x.shape, dtype="float32")], Value(x.shape, (0.5, 7), dtype), {}, [[x]])
        saturated = np.array([high, low, low, high, low], dtype)
        prove([case], tmp_path / dtype, oracle=lambda model, sample, wanted=saturated: [wanted])  # type: ignore[misc]


def test_names_the_types_that_it_knows() -> None:
    case = Case("QUANTIZE", [Value((4,), (0.1, 0), "uint8")], Value((4,), (0.2, 0), "uint8"))
    with pytest.raises(UnsupportedModel, match="its types are float32 to int8, float32 to int16, int8 to int8"):
        case.graph()


def test_in_place_only_where_the_output_is_not_wider(rng: np.random.Generator) -> None:
    for from_type, to_type in TYPES:
        graph = Case("QUANTIZE", [Value((8,), (0.1, 0), from_type)], Value((8,), (0.2, 0), to_type)).graph()
        allowed = graph.nodes[0].op.in_place(graph.io(graph.nodes[0]))
        assert allowed == (() if (from_type, to_type) == ("int8", "int16") else (0,))
        assert reference(graph, [random_array(rng, (8,), from_type)])[0].dtype == to_type

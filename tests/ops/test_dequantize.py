"""DEQUANTIZE of int8 and int16 against tflite-micro on every value."""

from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, Value, prove, random_quant
from support.unary import ALL_INT8, ALL_INT16, random_scales

from edgeopt.errors import UnsupportedModel


def test_equals_tflm_on_every_value(tmp_path: Path, rng: np.random.Generator) -> None:
    shape = ALL_INT8.shape
    out = Value(shape, dtype="float32")
    cases = [Case("DEQUANTIZE", [Value(shape, random_quant(rng, 0.05, 6))], out, {}, [[ALL_INT8]]) for _ in range(20)]
    prove(cases, tmp_path)


def test_int16_equals_tflm_on_every_value(tmp_path: Path, rng: np.random.Generator) -> None:
    shape, out = ALL_INT16.shape, Value(ALL_INT16.shape, dtype="float32")
    quants = [(random_scales(rng, spread=6)[0], 0) for _ in range(4)]
    prove([Case("DEQUANTIZE", [Value(shape, q, "int16")], out, {}, [[ALL_INT16]]) for q in quants], tmp_path)


def core_cases(rng: np.random.Generator) -> list[Case]:
    samples = [np.arange(-128, 128), np.arange(-32768, 32768, 100)]
    return [
        Case(
            "DEQUANTIZE", [Value(q.shape, (0.001, 0), dtype)], Value(q.shape, dtype="float32"), {}, [[q.astype(dtype)]]
        )
        for q, dtype in zip(samples, ("int8", "int16"), strict=True)
    ]


def test_refuses_other_types() -> None:
    case = Case("DEQUANTIZE", [Value((4,), (0.1, 0), "uint8")], Value((4,), dtype="float32"))
    with pytest.raises(UnsupportedModel, match="its input is int8"):
        case.graph()

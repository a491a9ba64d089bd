"""DEQUANTIZE against tflite-micro on every value."""

from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, Value, prove, random_quant
from support.unary import ALL_INT8

from edgeopt.errors import UnsupportedModel


def test_equals_tflm_on_every_value(tmp_path: Path, rng: np.random.Generator) -> None:
    shape = ALL_INT8.shape
    out = Value(shape, dtype="float32")
    cases = [Case("DEQUANTIZE", [Value(shape, random_quant(rng, 0.05, 6))], out, {}, [[ALL_INT8]]) for _ in range(20)]
    prove(cases, tmp_path)


def test_refuses_other_types() -> None:
    case = Case("DEQUANTIZE", [Value((4,), (0.1, 0), "uint8")], Value((4,), dtype="float32"))
    with pytest.raises(UnsupportedModel, match="its input is int8"):
        case.graph()

"""What the tests of operators that only move data share: any type, and an oracle that has the operator for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from support.oracle import run_litert_reference, run_tflm
from support.proof import Case, Quantized, Value, random_array, random_quant

from edgeopt.ir import Array

DTYPES = ("int8", "int16", "int32", "float32", "bool")


def any_values(rng: np.random.Generator, shape: Sequence[int], dtype: str) -> Array:
    """Random values of any type; a bool is 0 or 1."""
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    return random_array(rng, shape, dtype)


def any_quant(rng: np.random.Generator, dtype: str) -> Quantized | None:
    """A scale for int8 and int16; the others have none."""
    if dtype == "int16":
        return random_quant(rng)[0], 0
    return random_quant(rng) if dtype == "int8" else None


def random_shape(rng: np.random.Generator, low_rank: int = 1, high_rank: int = 4) -> list[int]:
    """Extents of 1 to 5."""
    rank = int(rng.integers(low_rank, high_rank + 1))
    return [int(extent) for extent in rng.choice([1, 2, 3, 4, 5], rank)]


def with_samples(rng: np.random.Generator, case: Case, count: int = 1) -> Case:
    samples = [[any_values(rng, value.shape, value.dtype) for value in case.variable] for _ in range(count)]
    return Case(case.operator, case.inputs, case.output, case.options, samples, case.more)


def ints(values: Any) -> Value:
    """A constant int32 input."""
    data = np.array(values, np.int32)
    return Value(data.shape, dtype="int32", data=data)


def run_whichever_has_it(model: bytes, inputs: Sequence[Array]) -> list[Array]:
    """tflite-micro, or LiteRT's reference where that lacks the operator for the type: both only move the values."""
    pytest.importorskip("tflite_micro.python.tflite_micro.runtime", reason="pip install tflite-micro (extra `oracle`)")
    try:
        return run_tflm(model, inputs)
    except RuntimeError:
        return run_litert_reference(model, inputs)

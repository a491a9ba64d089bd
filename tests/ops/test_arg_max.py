"""ARG_MAX against tflite-micro along random axes, with ties."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, Value, prove, random_quant

from edgeopt.errors import ModelError, UnsupportedModel


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [_case(rng, 1), _case(rng, -1)]


def _case(rng: np.random.Generator, axis: int | None = None) -> Case:
    """Values from -3 to 3, so that equal ones are many."""
    rank = int(rng.integers(2, 5))
    shape = tuple(int(extent) for extent in rng.integers(1, 9, rank))
    axis = int(rng.integers(-rank, rank)) if axis is None else axis
    out = shape[: axis % rank] + shape[axis % rank + 1 :]
    place = Value([] if rng.random() < 0.5 else [1], dtype="int32", data=axis)
    case = Case("ARG_MAX", [Value(shape, random_quant(rng)), place], Value(out, dtype="int32"), {"output_type": 2})
    return replace(case, samples=[[rng.integers(-3, 4, shape).astype(np.int8)] for _ in range(2)])


def test_equals_tflm_along_random_axes(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_case(rng) for _ in range(40)], tmp_path)


def test_equals_tflm_on_a_vector(tmp_path: Path, rng: np.random.Generator) -> None:
    inputs = [Value((1000,), (0.1, 3)), Value([], dtype="int32", data=0)]
    prove([Case("ARG_MAX", inputs, Value((), dtype="int32"), {"output_type": 2}).with_random_samples(rng)], tmp_path)


def _graph(x: Value, axis: Value, out: Value) -> None:
    Case("ARG_MAX", [x, axis], out, {"output_type": 2}).graph()


def test_refuses_an_output_of_64_bits() -> None:
    with pytest.raises(UnsupportedModel, match="its output is int32"):
        _graph(Value((1, 4), (0.1, 0)), Value([], dtype="int32", data=1), Value((1,), dtype="int64"))


def test_refuses_an_axis_that_is_computed_or_is_none() -> None:
    with pytest.raises(UnsupportedModel, match="its axis is one constant int32"):
        _graph(Value((1, 4), (0.1, 0)), Value([1], dtype="int32"), Value((4,), dtype="int32"))
    with pytest.raises(ModelError, match="axis 2 of a tensor of 2 dimensions"):
        _graph(Value((1, 4), (0.1, 0)), Value([1], dtype="int32", data=[2]), Value((1,), dtype="int32"))

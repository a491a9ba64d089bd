"""ARG_MIN against tflite-micro along random axes, with ties."""

from pathlib import Path

import numpy as np
import pytest
from support.arg_extremes import arg_case, single, vector_case
from support.proof import Case, Value, prove

from edgeopt.errors import ModelError, UnsupportedModel

OPERATOR = "ARG_MIN"


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [arg_case(OPERATOR, rng, 1), arg_case(OPERATOR, rng, -1)]


def test_equals_tflm_along_random_axes(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([arg_case(OPERATOR, rng) for _ in range(40)], tmp_path)


def test_equals_tflm_on_a_vector(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([vector_case(OPERATOR, rng)], tmp_path)


def test_refuses_an_output_of_64_bits() -> None:
    axis, out = Value([], dtype="int32", data=1), Value((1,), dtype="int64")
    with pytest.raises(UnsupportedModel, match="its output is int32"):
        single(OPERATOR, Value((1, 4), (0.1, 0)), axis, out).graph()


def test_refuses_an_axis_that_is_computed_or_is_none() -> None:
    x = Value((1, 4), (0.1, 0))
    with pytest.raises(UnsupportedModel, match="its axis is one constant int32"):
        single(OPERATOR, x, Value([1], dtype="int32"), Value((4,), dtype="int32")).graph()
    with pytest.raises(ModelError, match="axis 2 of a tensor of 2 dimensions"):
        single(OPERATOR, x, Value([1], dtype="int32", data=[2]), Value((1,), dtype="int32")).graph()

"""L2_NORMALIZATION against tflite-micro: random rows, rows of one value, zeros, long rows."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, Value, prove, random_array

from edgeopt.errors import UnsupportedModel

UNIT = (1 / 128, 0)


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [_case(rng, 12), _case(rng, 2)]


def _case(rng: np.random.Generator, depth: int) -> Case:
    """Rows spread out, near the zero point, at it, one step from it once, and at an end."""
    zero_point = int(rng.integers(-120, 120))
    once = np.full(depth, zero_point)
    once[-1] += 1
    near = zero_point + rng.integers(-2, 3, depth)
    rows = [random_array(rng, (depth,)), near, np.full(depth, zero_point), once, np.full(depth, 127)]
    x = np.stack(rows).astype(np.int8)
    case = Case("L2_NORMALIZATION", [Value(x.shape, (0.1, zero_point))], Value(x.shape, UNIT))
    return replace(case, samples=[[x]])


def test_equals_tflm_for_many_depths(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_case(rng, depth) for depth in [1, 2, 3, 7, 16, 33, 128, 1000] * 5], tmp_path)


def test_equals_tflm_where_the_sum_is_largest(tmp_path: Path) -> None:
    shape = (2, 2**15)
    case = Case("L2_NORMALIZATION", [Value(shape, (0.1, -128))], Value(shape, UNIT))
    prove([replace(case, samples=[[np.full(shape, 127, np.int8)], [np.full(shape, 20, np.int8)]])], tmp_path)


def test_refuses_another_output_scale_an_activation_and_rows_that_are_too_long() -> None:
    x = Value((1, 4), (0.1, 0))
    for inputs, output, options, sentence in (
        (x, Value((1, 4), (1 / 128, 1)), {}, "scale is 1/128 and its zero point 0"),
        (x, Value((1, 4), UNIT), {"fused_activation_function": "RELU"}, "no fused activation"),
        (Value((1, 2**15 + 1), (0.1, 0)), Value((1, 2**15 + 1), UNIT), {}, "2\\^15 elements or fewer"),
    ):
        with pytest.raises(UnsupportedModel, match=sentence):
            Case("L2_NORMALIZATION", [inputs], output, options).graph()

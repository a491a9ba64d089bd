"""SUM against tflite-micro over random axes, and where the sum is large."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, Value, prove, random_quant
from support.reductions import random_shape_and_axes, reduction_case

from edgeopt.errors import UnsupportedModel


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [_case(rng), _case(rng)]


def _case(rng: np.random.Generator) -> Case:
    x = random_quant(rng)
    y = x if rng.random() < 0.2 else random_quant(rng, 0.3, 2)
    return reduction_case("SUM", rng, *random_shape_and_axes(rng), x, y)


def test_equals_tflm_over_random_axes(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_case(rng) for _ in range(60)], tmp_path)


def test_equals_tflm_where_the_sum_is_largest(tmp_path: Path, rng: np.random.Generator) -> None:
    """255 * 65,536 * 2^6 is just within 31 bits."""
    shape, cases = (1, 256, 256, 1), []
    for fill, zero_point in ((127, -128), (-128, 127)):
        case = reduction_case("SUM", rng, shape, [1, 2], (1.0, zero_point), (2.0**-5.9, 0))
        cases.append(replace(case, samples=[[np.full(shape, fill, np.int8)]]))
    prove(cases, tmp_path)


@pytest.mark.parametrize("scale", [2.0**-6.1, 1e-20])
def test_refuses_a_sum_that_would_wrap(scale: float) -> None:
    inputs = [Value((1, 256, 256, 1), (1.0, 0)), Value([2], dtype="int32", data=[1, 2])]
    with pytest.raises(UnsupportedModel, match="under 2\\^22 times"):
        Case("SUM", inputs, Value((1, 1), (scale, 0))).graph()


def test_refuses_more_than_fits() -> None:
    inputs = [Value((1, 2**23), (1.0, 0)), Value([1], dtype="int32", data=[1])]
    with pytest.raises(UnsupportedModel, match="fewer than 2\\^23 elements"):
        Case("SUM", inputs, Value((1,), (2.0**20, 0))).graph()

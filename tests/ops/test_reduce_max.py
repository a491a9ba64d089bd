"""REDUCE_MAX against tflite-micro over random axes."""

from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, Value, prove, random_quant
from support.reductions import random_shape_and_axes, reduction_case

from edgeopt.errors import UnsupportedModel


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [_case(rng), _case(rng)]


def _case(rng: np.random.Generator) -> Case:
    quant = random_quant(rng)
    return reduction_case("REDUCE_MAX", rng, *random_shape_and_axes(rng), quant, quant)


def test_equals_tflm_over_random_axes(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_case(rng) for _ in range(40)], tmp_path)


def test_equals_tflm_over_a_whole_image(tmp_path: Path, rng: np.random.Generator) -> None:
    cases = [
        reduction_case("REDUCE_MAX", rng, shape, [1, 2], (0.1, 3), (0.1, 3))
        for shape in ((1, 7, 7, 33), (2, 48, 48, 3))
    ]
    prove(cases, tmp_path)


def test_refuses_scales_that_differ() -> None:
    inputs = [Value((1, 4), (0.1, 0)), Value([1], dtype="int32", data=[1])]
    with pytest.raises(UnsupportedModel, match="same scale and zero point"):
        Case("REDUCE_MAX", inputs, Value((1,), (0.2, 0))).graph()


def test_refuses_axes_that_are_computed() -> None:
    inputs = [Value((1, 4), (0.1, 0)), Value([1], dtype="int32")]
    with pytest.raises(UnsupportedModel, match="its axes are constant int32"):
        Case("REDUCE_MAX", inputs, Value((1,), (0.1, 0))).graph()

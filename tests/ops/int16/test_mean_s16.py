"""MEAN of int16 against tflite-micro over random axes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, Value, prove
from support.reductions import random_shape_and_axes, reduction_case
from support.unary import random_scales

from edgeopt.errors import UnsupportedModel


def _case(rng: np.random.Generator, shape: Sequence[int], axes: Sequence[int], same_scale: bool) -> Case:
    x, y = random_scales(rng)
    return reduction_case("MEAN", rng, shape, axes, (x, 0), (x if same_scale else y, 0), "int16")


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [_case(rng, *random_shape_and_axes(rng), same_scale=same) for same in (True, False)]


def test_equals_tflm(tmp_path: Path, rng: np.random.Generator) -> None:
    cases = [_case(rng, *random_shape_and_axes(rng), same_scale=index % 3 == 0) for index in range(40)]
    cases += [_case(rng, (1, 25, 5, 16), [1, 2], same_scale=same) for same in (True, False)]
    prove(cases, tmp_path)


def _of_all(elements: int, fill: int = 0, out_scale: float = 0.01) -> Case:
    axes = Value([1], dtype="int32", data=[1])
    inputs = [Value((1, elements), (0.01, 0), "int16"), axes]
    return Case("MEAN", inputs, Value((1,), (out_scale, 0), "int16"), {}, [[np.full((1, elements), fill, np.int16)]])


def test_the_largest_sum_does_not_overflow(tmp_path: Path) -> None:
    prove([_of_all(65_535, fill) for fill in (-32768, 32767)], tmp_path)
    with pytest.raises(UnsupportedModel, match="65,535 elements at most"):
        _of_all(65_536).graph()
    for scale in (1e-7, 0.01 * 2.0**31.5):
        with pytest.raises(UnsupportedModel, match=r"2\^-31 to 2\^14 times"):
            _of_all(4, 0, scale).graph()

"""MEAN against tflite-micro over random axes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, Value, prove, random_quant
from support.reductions import random_shape_and_axes, reduction_case

from edgeopt.errors import UnsupportedModel


def _case(rng: np.random.Generator, shape: Sequence[int], axes: Sequence[int], same_quant: bool) -> Case:
    x = random_quant(rng)
    return reduction_case("MEAN", rng, shape, axes, x, x if same_quant else random_quant(rng))


def test_equals_tflm_over_random_axes(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_case(rng, *random_shape_and_axes(rng), same_quant=index % 3 == 0) for index in range(60)], tmp_path)


def test_equals_tflm_over_a_whole_image(tmp_path: Path, rng: np.random.Generator) -> None:
    shapes = [(1, 7, 7, 33), (1, 25, 5, 64), (2, 48, 48, 3)]
    prove([_case(rng, shape, [1, 2], same_quant=same) for shape in shapes for same in (True, False)], tmp_path)


def test_refuses_axes_that_are_computed() -> None:
    inputs = [Value((1, 4, 4, 2), (0.1, 0)), Value([2], dtype="int32")]
    with pytest.raises(UnsupportedModel, match="its axes are constant"):
        Case("MEAN", inputs, Value((1, 2), (0.1, 0))).graph()


@pytest.mark.parametrize("scale", [2.0**-23, 1e-20, 2.0**32])
def test_refuses_scales_at_which_tflm_would_wrap_or_vanish(scale: float) -> None:
    inputs = [Value((1, 4), (1.0, 0)), Value([1], dtype="int32", data=[1])]
    with pytest.raises(UnsupportedModel, match="2\\^-31 to 2\\^22 times"):
        Case("MEAN", inputs, Value((1,), (scale, 0))).graph()

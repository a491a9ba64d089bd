"""MEAN against tflite-micro over random axes."""

from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, Value, prove, random_quant

from edgeopt.errors import UnsupportedModel


def _case(rng: np.random.Generator, shape: tuple[int, ...], axes: list[int], same_quant: bool) -> Case:
    keep_dims = bool(rng.random() < 0.5)
    reduced = {axis % len(shape) for axis in axes}
    out = [1 if axis in reduced else n for axis, n in enumerate(shape) if keep_dims or axis not in reduced]
    x = random_quant(rng)
    y = x if same_quant else random_quant(rng)
    axis_tensor = Value([len(axes)], dtype="int32", data=axes)
    case = Case("MEAN", [Value(shape, x), axis_tensor], Value(out, y), {"keep_dims": keep_dims})
    return case.with_random_samples(rng)


def test_equals_tflm_over_random_axes(tmp_path: Path, rng: np.random.Generator) -> None:
    cases = []
    for index in range(60):
        rank = int(rng.integers(1, 6))
        shape = tuple(int(extent) for extent in rng.integers(1, 7, rank))
        axes = rng.choice(rank, int(rng.integers(1, rank + 1)), replace=False) - (rank if index % 5 == 0 else 0)
        cases.append(_case(rng, shape, [int(axis) for axis in axes], same_quant=index % 3 == 0))
    prove(cases, tmp_path)


def test_equals_tflm_over_a_whole_image(tmp_path: Path, rng: np.random.Generator) -> None:
    shapes = [(1, 7, 7, 33), (1, 25, 5, 64), (2, 48, 48, 3)]
    prove([_case(rng, shape, [1, 2], same_quant=same) for shape in shapes for same in (True, False)], tmp_path)


def test_refuses_axes_that_are_computed() -> None:
    inputs = [Value((1, 4, 4, 2), (0.1, 0)), Value([2], dtype="int32")]
    with pytest.raises(UnsupportedModel, match="its axes are constant"):
        Case("MEAN", inputs, Value((1, 2), (0.1, 0))).graph()

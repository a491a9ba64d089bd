"""MEAN, float32: tflite-micro == numpy == C."""

from pathlib import Path

import numpy as np
from support.floats import constant, data
from support.proof import Case, prove

Random = np.random.Generator


def mean_case(shape: tuple[int, ...], axes: list[int], keep: bool = False) -> Case:
    reduced = {axis % len(shape) for axis in axes}
    kept = [1 if axis in reduced else extent for axis, extent in enumerate(shape) if keep or axis not in reduced]
    inputs = [data(*shape), constant(np.array(axes, np.int32))]
    return Case("MEAN", inputs, data(*kept), {"keep_dims": keep})


def test_axes(tmp_path: Path, rng: Random) -> None:
    cases = [
        mean_case((2, 5, 6, 3), [1, 2]),
        mean_case((2, 5, 6, 3), [1, 2], keep=True),
        mean_case((2, 5, 6, 3), [0, 3]),
        mean_case((2, 5, 6), [-1]),
        mean_case((4, 3), [0]),
        mean_case((2, 3, 4, 5), [0, 2], keep=True),
        mean_case((300,), [0]),
    ]
    prove([case.with_random_samples(rng) for case in cases], tmp_path)


def core_cases(rng: Random) -> list[Case]:
    return [
        mean_case((1, 4, 3, 2), [1, 2]).with_random_samples(rng),
        mean_case((2, 3, 4), [0, 2]).with_random_samples(rng),
    ]

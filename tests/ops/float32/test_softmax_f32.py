"""SOFTMAX, float32: numpy == C, and at most 8 units in the last place from tflite-micro."""

from pathlib import Path

import numpy as np
from support.floats import data
from support.proof import Case, prove

Random = np.random.Generator


def softmax(
    shape: tuple[int, ...], samples: list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]], beta: float = 1.0
) -> Case:
    return Case("SOFTMAX", [data(*shape)], data(*shape), {"beta": beta}, [[sample] for sample in samples])


def test_rows_and_depths(tmp_path: Path, rng: Random) -> None:
    cases = []
    for shape, beta in (((1, 10), 1.0), ((3, 4, 7), 0.5), ((1, 1000), 1.0), ((5, 1), 2.0), ((12,), 1.0)):
        samples = [(rng.normal(0, scale, shape)).astype(np.float32) for scale in (0.1, 3, 40)]
        cases.append(softmax(shape, samples, beta))
    prove(cases, tmp_path, max_ulp=8)


def test_special_values(tmp_path: Path) -> None:
    rows = [[0, 0, 0], [-np.inf, 0, 1], [np.inf, 0, 1], [np.nan, 0, 1], [-3.4e38, 3.4e38, 0], [-np.inf] * 3]
    prove([softmax((6, 3), [np.array(rows, np.float32)])], tmp_path, max_ulp=8)


def core_cases(rng: Random) -> list[Case]:
    return [softmax((2, 9), [rng.normal(0, 4, (2, 9)).astype(np.float32)])]

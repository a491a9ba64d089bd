"""EQUAL against tflite-micro: every pair of values, broadcasting."""

from pathlib import Path

import numpy as np
from support.comparisons import broadcast_cases, pairs_cases
from support.proof import Case, prove


def core_cases(rng: np.random.Generator) -> list[Case]:
    return broadcast_cases("EQUAL", rng)[:2]


def test_equals_tflm_on_every_pair_of_values(tmp_path: Path, rng: np.random.Generator) -> None:
    prove(pairs_cases("EQUAL", rng), tmp_path)


def test_equals_tflm_with_broadcasting_and_constants(tmp_path: Path, rng: np.random.Generator) -> None:
    prove(broadcast_cases("EQUAL", rng), tmp_path)

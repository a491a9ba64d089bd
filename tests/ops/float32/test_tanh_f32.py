"""TANH, float32: numpy == C, and at most 3 units in the last place from tflite-micro."""

from pathlib import Path

import numpy as np
from support.floats import core_case, unary_cases
from support.proof import Case, prove

Random = np.random.Generator


def test_every_magnitude(tmp_path: Path, rng: Random) -> None:
    prove(unary_cases(rng, "TANH"), tmp_path, max_ulp=3)


def core_cases(rng: Random) -> list[Case]:
    return core_case(rng, "TANH")

"""HARD_SWISH, float32: tflite-micro == numpy == C."""

from pathlib import Path

import numpy as np
from support.floats import core_case, unary_cases
from support.proof import Case, prove

Random = np.random.Generator


def test_every_magnitude(tmp_path: Path, rng: Random) -> None:
    prove(unary_cases(rng, "HARD_SWISH"), tmp_path)


def core_cases(rng: Random) -> list[Case]:
    return core_case(rng, "HARD_SWISH")

"""RELU_N1_TO_1, float32: LiteRT's reference == numpy == C; tflite-micro has none."""

from pathlib import Path

import numpy as np
from support.floats import core_case, unary_cases
from support.oracle import run_litert_reference
from support.proof import Case, prove

Random = np.random.Generator


def test_every_magnitude(tmp_path: Path, rng: Random) -> None:
    prove(unary_cases(rng, "RELU_N1_TO_1"), tmp_path, oracle=run_litert_reference)


def core_cases(rng: Random) -> list[Case]:
    return core_case(rng, "RELU_N1_TO_1")

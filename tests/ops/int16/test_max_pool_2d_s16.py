"""MAX_POOL_2D of int16 against tflite-micro."""

from pathlib import Path

import numpy as np
from support.pooling import pooling_cases
from support.proof import Case, prove


def core_cases(rng: np.random.Generator) -> list[Case]:
    return pooling_cases("MAX_POOL_2D", rng, 2, "int16")


def test_equals_tflm(tmp_path: Path, rng: np.random.Generator) -> None:
    prove(pooling_cases("MAX_POOL_2D", rng, 40, "int16"), tmp_path)

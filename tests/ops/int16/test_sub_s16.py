"""SUB of int16 against tflite-micro."""

from pathlib import Path

import numpy as np
from support.binary import ACTIVATIONS, broadcast_cases, int16_case
from support.proof import Case, prove


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [int16_case("SUB", rng, scales) for scales in ((0.004, 0.003, 0.006), (0.003, 0.004, 0.006))]


def test_equals_tflm(tmp_path: Path, rng: np.random.Generator) -> None:
    cases = [
        int16_case("SUB", rng, [0.05 * float(np.exp(rng.uniform(-3, 3))) for _ in range(3)], ACTIVATIONS[index % 4])
        for index in range(16)
    ]
    cases += [int16_case("SUB", rng, (1.0, 1.0, 2.0**-12.99)), int16_case("SUB", rng, (0.04, 0.04, 0.04))]
    prove([*cases, *broadcast_cases("SUB", rng, 0.07, "int16")], tmp_path)

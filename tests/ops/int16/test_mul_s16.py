"""MUL of int16 against tflite-micro."""

from pathlib import Path

import numpy as np
import pytest
from support.binary import ACTIVATIONS, broadcast_cases, int16_case
from support.proof import Case, prove

from edgeopt.errors import UnsupportedModel


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [int16_case("MUL", rng, scales, "RELU6") for scales in ((0.004, 0.003, 0.2), (0.0004, 0.0003, 0.001))]


def test_equals_tflm(tmp_path: Path, rng: np.random.Generator) -> None:
    scales = [np.exp(rng.uniform(np.log(1e-5), np.log(1e-2), 3)) for _ in range(16)]
    cases = [
        int16_case("MUL", rng, (a, b, max(c, 2.1 * a * b)), ACTIVATIONS[index % 4])
        for index, (a, b, c) in enumerate(scales)
    ]
    ends = [int16_case("MUL", rng, (0.5, 0.5, 0.5001)), int16_case("MUL", rng, (2.0**-10, 2.0**-10, 2.0**9))]
    prove([*cases, *ends, *broadcast_cases("MUL", rng, 30.0, "int16")], tmp_path)


def test_names_the_ratio_that_it_needs(rng: np.random.Generator) -> None:
    for scales in ((1.0, 1.0, 1.9), (2.0**-10, 2.0**-12, 2.0**10)):
        with pytest.raises(UnsupportedModel, match="between 2\\^-31 and 1/2 of its output's scale"):
            int16_case("MUL", rng, scales).graph()

"""ADD of int16 against tflite-micro: pairs of values, broadcasting, fused activations, the ends."""

from pathlib import Path

import numpy as np
import pytest
from support.binary import ACTIVATIONS, broadcast_cases, int16_case
from support.proof import Case, prove

from edgeopt.errors import UnsupportedModel


def core_cases(rng: np.random.Generator) -> list[Case]:
    scales = [(0.004, 0.003, 0.006), (0.004, 0.004, 0.008)]
    return [int16_case("ADD", rng, each, "RELU") for each in scales]


def test_equals_tflm(tmp_path: Path, rng: np.random.Generator) -> None:
    cases = [
        int16_case("ADD", rng, [0.05 * float(np.exp(rng.uniform(-3, 3))) for _ in range(3)], ACTIVATIONS[index % 4])
        for index in range(16)
    ]
    prove([*cases, *core_cases(rng), *broadcast_cases("ADD", rng, 0.07, "int16")], tmp_path)


def test_equals_tflm_at_the_ends_of_what_is_supported(tmp_path: Path, rng: np.random.Generator) -> None:
    ends = [
        (1.0, 1.0, 2.0**-12.99),  # nearly every output saturates
        (1.0, 2.0**-9, 65535.0),
        (2.0**-29, 1.0, 1.0),  # the first operand vanishes
    ]
    prove([int16_case("ADD", rng, scales) for scales in ends], tmp_path)


def test_refuses_what_the_kernel_cannot_shift(rng: np.random.Generator) -> None:
    for scale in (2.0**-13, 2.0**18):
        with pytest.raises(UnsupportedModel, match="between 2\\^-13 and 2\\^17 times"):
            int16_case("ADD", rng, (1.0, 0.5, scale)).graph()
    with pytest.raises(UnsupportedModel, match="less than a factor of 2\\^31"):
        int16_case("ADD", rng, (1.0, 2.0**-33, 1.0)).graph()

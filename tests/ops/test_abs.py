"""ABS against tflite-micro on every value of many scales."""

from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, prove, random_quant
from support.unary import all_values

from edgeopt.errors import UnsupportedModel


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [all_values("ABS", random_quant(rng), random_quant(rng))]


def test_equals_tflm_on_every_value_of_many_scales(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([all_values("ABS", random_quant(rng), random_quant(rng)) for _ in range(50)], tmp_path)


def test_equals_tflm_where_the_scales_are_equal(tmp_path: Path) -> None:
    prove([all_values("ABS", (0.1, zero), (0.1, other)) for zero in (-128, -3, 127) for other in (-128, 0)], tmp_path)


def test_refuses_a_magnitude_that_would_wrap() -> None:
    with pytest.raises(UnsupportedModel, match="under 2\\^23 times"):
        all_values("ABS", (1.0, 0), (2.0**-24, 0)).graph()

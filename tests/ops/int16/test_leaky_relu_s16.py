"""LEAKY_RELU of int16 against tflite-micro on every value of many scales and slopes."""

from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, prove
from support.unary import all_int16, random_scales, some_int16

from edgeopt.errors import UnsupportedModel


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [some_int16(all_int16("LEAKY_RELU", *random_scales(rng), {"alpha": alpha})) for alpha in (0.1, -0.7)]


def test_equals_tflm_on_every_value_of_many_scales_and_slopes(tmp_path: Path, rng: np.random.Generator) -> None:
    slopes = [0.0, 1.0, -0.3, -1.0, 1.7, 900.0, *rng.uniform(0.001, 0.5, 16)]
    prove([all_int16("LEAKY_RELU", *random_scales(rng), {"alpha": alpha}) for alpha in slopes], tmp_path)


@pytest.mark.parametrize("alpha", [float("nan"), float("inf"), -float("inf"), 3e38, -3e38])
def test_a_slope_that_is_no_number_or_too_large_is_refused(alpha: float) -> None:
    with pytest.raises(UnsupportedModel, match="alpha"):
        all_int16("LEAKY_RELU", 1e-3, 1e-4, {"alpha": alpha}).graph()

"""HARD_SWISH against tflite-micro on every value of many scales."""

from pathlib import Path

import numpy as np
import pytest
from support.proof import prove, random_quant
from support.unary import all_values

from edgeopt.errors import UnsupportedModel


def test_equals_tflm_on_every_value_of_many_scales(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([all_values("HARD_SWISH", random_quant(rng, 0.05, 3), random_quant(rng, 0.5)) for _ in range(80)], tmp_path)


def test_refuses_scales_that_tflm_refuses() -> None:
    with pytest.raises(UnsupportedModel, match="under 128 times the output's"):
        all_values("HARD_SWISH", (1.28, 0), (0.01, 0)).graph()

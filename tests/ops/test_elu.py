"""ELU against tflite-micro on every value of many scales."""

from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, prove, random_quant
from support.unary import all_values

from edgeopt.errors import UnsupportedModel


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [all_values("ELU", random_quant(rng), random_quant(rng))]


def test_equals_tflm_on_every_value_of_many_scales(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([all_values("ELU", random_quant(rng), random_quant(rng)) for _ in range(60)], tmp_path)


def test_refuses_scales_at_which_tflm_overflows() -> None:
    with pytest.raises(UnsupportedModel, match="under 2\\^22 times"):
        all_values("ELU", (1.0, 0), (2.0**-22, 0)).graph()

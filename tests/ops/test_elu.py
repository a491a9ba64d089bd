"""ELU against tflite-micro on every value of many scales."""

from pathlib import Path

import numpy as np
from support.proof import Case, prove, random_quant
from support.unary import all_values


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [all_values("ELU", random_quant(rng), random_quant(rng))]


def test_equals_tflm_on_every_value_of_many_scales(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([all_values("ELU", random_quant(rng), random_quant(rng)) for _ in range(60)], tmp_path)

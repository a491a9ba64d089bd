"""LEAKY_RELU against tflite-micro on every value of many scales and slopes."""

from pathlib import Path

import numpy as np
from support.proof import prove, random_quant
from support.unary import all_values


def test_equals_tflm_on_every_value_of_many_scales_and_slopes(tmp_path: Path, rng: np.random.Generator) -> None:
    slopes = [0.0, 1.0, -0.3, 1.7, *rng.uniform(0.001, 0.5, 56)]
    cases = [all_values("LEAKY_RELU", random_quant(rng), random_quant(rng), {"alpha": alpha}) for alpha in slopes]
    prove(cases, tmp_path)

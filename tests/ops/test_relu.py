"""RELU against tflite-micro on every value of many scales."""

from pathlib import Path

import numpy as np
from support.proof import prove, random_quant
from support.unary import all_values


def test_equals_tflm_on_every_value_of_many_scales(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([all_values("RELU", random_quant(rng), random_quant(rng)) for _ in range(60)], tmp_path)

"""LEAKY_RELU against tflite-micro on every value of many scales and slopes."""

from pathlib import Path

import numpy as np
from support.proof import prove, random_quant
from support.unary import all_values


def test_multipliers_come_from_float64(tmp_path: Path) -> None:
    """Scales at which a quotient in float32 rounds some value the other way."""
    scales = [(0.0762714296579361, 0.10111412405967712), (0.0075461231172084, 0.00052042229799)]
    scales += [(0.1045769527554512, 0.15186971426010132), (0.04704463109374046, 0.037989091128110886)]
    prove([all_values("LEAKY_RELU", (x, 0), (y, 0), {"alpha": 0.5}) for x, y in scales], tmp_path)


def test_equals_tflm_on_every_value_of_many_scales_and_slopes(tmp_path: Path, rng: np.random.Generator) -> None:
    slopes = [0.0, 1.0, -0.3, 1.7, *rng.uniform(0.001, 0.5, 56)]
    cases = [all_values("LEAKY_RELU", random_quant(rng), random_quant(rng), {"alpha": alpha}) for alpha in slopes]
    prove(cases, tmp_path)

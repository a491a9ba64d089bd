"""RELU_N1_TO_1 against LiteRT on every value of many scales."""

from pathlib import Path

import numpy as np
from support.oracle import run_litert_reference
from support.proof import prove, random_quant
from support.unary import all_values


def test_equals_litert_on_every_value_of_many_scales(tmp_path: Path, rng: np.random.Generator) -> None:
    """tflite-micro has no RELU_N1_TO_1, so LiteRT is the oracle."""
    cases = [all_values("RELU_N1_TO_1", random_quant(rng, 0.02), random_quant(rng, 0.02)) for _ in range(40)]
    prove(cases, tmp_path, oracle=run_litert_reference)

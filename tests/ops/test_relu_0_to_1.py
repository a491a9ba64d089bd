"""RELU_0_TO_1 against LiteRT's reference, since tflite-micro has none, on every value of many scales."""

from pathlib import Path

import numpy as np
from support.oracle import run_litert_reference
from support.proof import Case, prove, random_quant
from support.unary import all_values


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [all_values("RELU_0_TO_1", random_quant(rng), random_quant(rng))]


def test_equals_litert_on_every_value_of_many_scales(tmp_path: Path, rng: np.random.Generator) -> None:
    cases = [all_values("RELU_0_TO_1", random_quant(rng), random_quant(rng, 0.02)) for _ in range(60)]
    prove(cases, tmp_path, oracle=run_litert_reference)

"""GELU, exact and approximate, against LiteRT's reference, since tflite-micro has none."""

from pathlib import Path

import numpy as np
from support.oracle import run_litert_reference
from support.proof import Case, prove, random_quant
from support.unary import all_values


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [_case(rng, approximate) for approximate in (True, False)]


def _case(rng: np.random.Generator, approximate: bool) -> Case:
    return all_values("GELU", random_quant(rng), random_quant(rng), {"approximate": approximate})


def test_equals_litert_on_every_value_of_many_scales(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_case(rng, bool(index % 2)) for index in range(60)], tmp_path, oracle=run_litert_reference)

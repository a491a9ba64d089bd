"""LOG against LiteRT's reference, since tflite-micro has no int8 form, on every value of many scales."""

from pathlib import Path

import numpy as np
from support.oracle import run_litert_reference
from support.proof import Case, prove, random_quant, reference
from support.unary import ALL_INT8, all_values


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [_case(rng)]


def _case(rng: np.random.Generator) -> Case:
    return all_values("LOG", random_quant(rng), random_quant(rng, 0.02))


def test_equals_litert_on_every_value_of_many_scales(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_case(rng) for _ in range(60)], tmp_path, oracle=run_litert_reference)


def test_what_has_no_logarithm_is_the_smallest_output() -> None:
    (steps,) = reference(all_values("LOG", (0.1, 0), (0.02, 100)).graph(), [ALL_INT8])
    assert steps.reshape(-1)[:129].tolist() == [-128] * 129

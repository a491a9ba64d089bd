"""SQRT against LiteRT's reference, since tflite-micro has no int8 form, on every value that is not negative."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from support.oracle import run_litert_reference
from support.proof import Case, prove, random_quant, reference
from support.unary import ALL_INT8, all_values


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [_case(rng)]


def _case(rng: np.random.Generator) -> Case:
    """Negative values, at which LiteRT fails, count as zero."""
    x, y = random_quant(rng, spread=3), random_quant(rng, 0.02, spread=3)
    return replace(all_values("SQRT", x, y), samples=[[np.maximum(ALL_INT8, np.int8(x[1]))]])


def test_equals_litert_on_every_value_of_many_scales(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_case(rng) for _ in range(60)], tmp_path, oracle=run_litert_reference)


def test_what_is_negative_has_the_root_of_zero() -> None:
    (roots,) = reference(all_values("SQRT", (0.1, 0), (0.02, -5)).graph(), [ALL_INT8])
    assert roots.reshape(-1)[:129].tolist() == [-5] * 129

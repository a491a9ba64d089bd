"""NEG against LiteRT's reference, since tflite-micro has no int8 form, on every value but -128."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.oracle import run_litert_reference
from support.proof import Case, prove, reference
from support.unary import ALL_INT8, all_values

from edgeopt.errors import UnsupportedModel

SYMMETRIC = (0.05, 0)


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [all_values("NEG", SYMMETRIC, SYMMETRIC)]


def test_equals_litert_on_every_value_but_the_least(tmp_path: Path) -> None:
    case = all_values("NEG", SYMMETRIC, SYMMETRIC)
    prove([replace(case, samples=[[np.maximum(ALL_INT8, np.int8(-127))]])], tmp_path, oracle=run_litert_reference)


def test_the_least_value_saturates() -> None:
    (negated,) = reference(all_values("NEG", SYMMETRIC, SYMMETRIC).graph(), [ALL_INT8])
    assert negated.reshape(-1)[:2].tolist() == [127, 127]


@pytest.mark.parametrize("output", [(0.05, 1), (0.06, 0)])
def test_refuses_what_litert_gets_wrong(output: tuple[float, int]) -> None:
    with pytest.raises(UnsupportedModel, match="same scale and the zero point 0"):
        all_values("NEG", SYMMETRIC, output).graph()

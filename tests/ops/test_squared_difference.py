"""SQUARED_DIFFERENCE against tflite-micro: every pair of values, broadcasting."""

from pathlib import Path

import numpy as np
import pytest
from support.binary import pairs_case, plain_cases
from support.proof import Case, Quantized, prove, random_quant

from edgeopt.errors import UnsupportedModel


def core_cases(rng: np.random.Generator) -> list[Case]:
    return plain_cases("SQUARED_DIFFERENCE", rng, lambda: _quants(rng))[:3]


def _quants(rng: np.random.Generator, spread: float = 1.0) -> list[Quantized]:
    return [random_quant(rng, spread=spread), random_quant(rng, spread=spread), random_quant(rng, 0.3, 3)]


def test_equals_tflm_on_every_pair_of_values(tmp_path: Path, rng: np.random.Generator) -> None:
    cases = [pairs_case("SQUARED_DIFFERENCE", _quants(rng, spread), None) for spread in (0, 1, 1, 1, 2, 2, 3, 3)]
    prove(cases, tmp_path)


def test_equals_tflm_where_one_operand_vanishes_and_where_the_square_is_largest(tmp_path: Path) -> None:
    quants = [
        ((1e-12, 5), (0.1, -3), (0.2, 0)),
        ((0.1, 5), (1e-12, -3), (0.2, 0)),
        ((1.0, -128), (1.0, 127), (2.0**-12 * 1.0001, 0)),
        ((1.0, -128), (1.0, 127), (250.0, -128)),
    ]
    prove([pairs_case("SQUARED_DIFFERENCE", case, None) for case in quants], tmp_path)


def test_equals_tflm_with_broadcasting_and_constants(tmp_path: Path, rng: np.random.Generator) -> None:
    prove(plain_cases("SQUARED_DIFFERENCE", rng, lambda: _quants(rng)), tmp_path)


def test_refuses_a_square_that_would_wrap() -> None:
    with pytest.raises(UnsupportedModel, match="under 2\\^12 times"):
        pairs_case("SQUARED_DIFFERENCE", ((1.0, 0), (0.5, 0), (2.0**-13, 0)), None).graph()

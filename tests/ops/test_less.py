"""LESS against tflite-micro: every pair of values, broadcasting."""

from pathlib import Path

import numpy as np
import pytest
from support.comparisons import broadcast_cases, pairs_cases
from support.proof import Case, Value, prove

from edgeopt.errors import UnsupportedModel


def core_cases(rng: np.random.Generator) -> list[Case]:
    return broadcast_cases("LESS", rng)[:2]


def test_equals_tflm_on_every_pair_of_values(tmp_path: Path, rng: np.random.Generator) -> None:
    prove(pairs_cases("LESS", rng), tmp_path)


def test_equals_tflm_with_broadcasting_and_constants(tmp_path: Path, rng: np.random.Generator) -> None:
    prove(broadcast_cases("LESS", rng), tmp_path)


def test_refuses_a_scale_at_which_tflm_ends_the_process() -> None:
    with pytest.raises(UnsupportedModel, match="the scales of its operands are below 1"):
        Case("LESS", [Value((4,), (0.1, 0)), Value((4,), (1.0, 0))], Value((4,), dtype="bool")).graph()


def test_refuses_operands_that_are_no_int8() -> None:
    with pytest.raises(UnsupportedModel, match="its operands are int8"):
        Case("LESS", [Value((4,), (0.1, 0)), Value((4,), dtype="int32")], Value((4,), dtype="bool")).graph()

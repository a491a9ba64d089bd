"""RSQRT against tflite-micro on every value that is not negative, for many scales."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, prove, random_quant, reference
from support.unary import ALL_INT8, all_values

from edgeopt.errors import UnsupportedModel


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [_case(rng)]


def _case(rng: np.random.Generator) -> Case:
    """Negative values, at which tflite-micro fails, count as zero."""
    x, y = random_quant(rng, spread=3), random_quant(rng, spread=3)
    return replace(all_values("RSQRT", x, y), samples=[[np.maximum(ALL_INT8, np.int8(x[1]))]])


def test_equals_tflm_on_every_value_of_many_scales(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_case(rng) for _ in range(60)], tmp_path)


def test_what_is_not_positive_has_the_largest_root() -> None:
    (roots,) = reference(all_values("RSQRT", (0.1, 0), (0.02, -128)).graph(), [ALL_INT8])
    assert roots.reshape(-1)[:129].tolist() == [127] * 129


@pytest.mark.parametrize("scale", [2.0**13, 2.0**-30])
def test_refuses_scales_for_which_no_shift_exists(scale: float) -> None:
    with pytest.raises(UnsupportedModel, match="2\\^-12 to 2\\^29 times"):
        all_values("RSQRT", (1.0, 0), (scale, 0)).graph()

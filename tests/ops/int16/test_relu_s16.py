"""RELU of int16 against tflite-micro on every value of many scales."""

from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, prove
from support.unary import all_int16, random_scales, some_int16

from edgeopt.errors import UnsupportedModel


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [some_int16(all_int16("RELU", *random_scales(rng)))]


def test_equals_tflm_on_every_value_of_many_scales(tmp_path: Path, rng: np.random.Generator) -> None:
    cases = [all_int16("RELU", *random_scales(rng, spread=4)) for _ in range(24)]
    prove([*cases, all_int16("RELU", 0.001, 0.001), all_int16("RELU", 2.0**13, 0.5)], tmp_path)


def test_names_the_ratio_that_it_needs() -> None:
    with pytest.raises(UnsupportedModel, match=r"below 2\^15"):
        all_int16("RELU", 2.0**15, 0.5).graph()

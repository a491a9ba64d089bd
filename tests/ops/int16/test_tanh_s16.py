"""TANH of int16 against tflite-micro on every value of many scales, powers of two among them."""

from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, prove
from support.unary import all_int16, random_scales, some_int16

from edgeopt.errors import UnsupportedModel

Q15 = 2.0**-15


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [some_int16(all_int16("TANH", scale, Q15)) for scale in (random_scales(rng)[0], 2.0**-12)]


def test_equals_tflm_on_every_value_of_many_scales(tmp_path: Path, rng: np.random.Generator) -> None:
    powers = [2.0**exponent for exponent in range(-16, -7)] + [2.0**-12 * (1 + off) for off in (-6e-4, 6e-4, 8e-4)]
    scales = [*powers, 2.666, 1.4, 1e-12, 2.0**-44, *(random_scales(rng, spread=3)[0] for _ in range(16))]
    prove([all_int16("TANH", scale, Q15) for scale in scales], tmp_path)


def test_names_the_scales_that_it_needs() -> None:
    with pytest.raises(UnsupportedModel, match=r"output's scale is 2\^-15"):
        all_int16("TANH", 0.001, 2.0**-14).graph()
    for scale in (2.7, 2.0**-45):
        with pytest.raises(UnsupportedModel, match=r"input's scale is from 2\^-44 to under 8/3"):
            all_int16("TANH", scale, Q15).graph()

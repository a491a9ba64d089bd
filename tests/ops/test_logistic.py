"""LOGISTIC against tflite-micro on every value of many scales."""

from pathlib import Path

import numpy as np
import pytest
from support.proof import prove, random_quant
from support.unary import all_values

from edgeopt.errors import UnsupportedModel

OUTPUT = (1 / 256, -128)


def test_equals_tflm_on_every_value_of_many_scales(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([all_values("LOGISTIC", random_quant(rng, 0.05, 6), OUTPUT) for _ in range(60)], tmp_path)


@pytest.mark.parametrize("output", [(1 / 256, -127), (1 / 255, -128)])
def test_refuses_an_output_other_than_1_256(output: tuple[float, int]) -> None:
    with pytest.raises(UnsupportedModel, match="scale is 1/256 and its zero point -128"):
        all_values("LOGISTIC", (0.1, 0), output).graph()


def test_refuses_a_scale_that_tflm_cannot_shift() -> None:
    with pytest.raises(UnsupportedModel, match="at least 2\\^-27"):
        all_values("LOGISTIC", (2.0**-28, 0), OUTPUT).graph()

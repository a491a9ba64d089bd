"""TANH against tflite-micro on every value of many scales."""

from pathlib import Path

import numpy as np
import pytest
from support.proof import prove, random_quant
from support.unary import all_values

from edgeopt.errors import UnsupportedModel

OUTPUT = (1 / 128, 0)


def test_equals_tflm_on_every_value_of_many_scales(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([all_values("TANH", random_quant(rng, 0.05, 6), OUTPUT) for _ in range(60)], tmp_path)


@pytest.mark.parametrize("output", [(1 / 128, 1), (1 / 127, 0)])
def test_refuses_an_output_other_than_1_128(output: tuple[float, int]) -> None:
    with pytest.raises(UnsupportedModel, match="scale is 1/128 and its zero point 0"):
        all_values("TANH", (0.1, 0), output).graph()

"""PADV2 against tflite-micro with random pads and values."""

from pathlib import Path

import numpy as np
import pytest
from support.padding import pad_case, random_pads
from support.proof import Case, Value, prove

from edgeopt.errors import UnsupportedModel


def test_equals_tflm_with_random_pads_and_values(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([pad_case(rng, "PADV2", *random_pads(rng)) for _ in range(50)], tmp_path)


def test_refuses_a_value_of_another_scale() -> None:
    pads = Value((1, 2), dtype="int32", data=[[1, 1]])
    inputs = [Value([4], (0.1, 0)), pads, Value([1], (0.2, 0), data=[3])]
    with pytest.raises(UnsupportedModel, match="its pad value has the output's scale"):
        Case("PADV2", inputs, Value([6], (0.1, 0))).graph()

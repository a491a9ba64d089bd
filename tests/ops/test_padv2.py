"""PADV2 against tflite-micro with random pads and values of all types."""

from pathlib import Path

import numpy as np
import pytest
from support.moving import DTYPES, run_whichever_has_it
from support.padding import pad_case, random_pads
from support.proof import Case, Value, prove

from edgeopt.errors import UnsupportedModel


def core_cases(rng: np.random.Generator) -> list[Case]:
    pads = np.array([[0, 0], [1, 2], [0, 1], [0, 0]])
    return [pad_case(rng, "PADV2", [1, 3, 4, 5], pads, dtype) for dtype in ("int8", "int16", "float32")]


@pytest.mark.parametrize("dtype", DTYPES)
def test_equals_the_oracle_with_random_pads_and_values(dtype: str, tmp_path: Path, rng: np.random.Generator) -> None:
    cases = [pad_case(rng, "PADV2", *random_pads(rng), dtype) for _ in range(20)]
    prove(cases, tmp_path, run_whichever_has_it)


def test_refuses_a_value_of_another_scale() -> None:
    pads = Value((1, 2), dtype="int32", data=[[1, 1]])
    inputs = [Value([4], (0.1, 0)), pads, Value([1], (0.2, 0), data=[3])]
    with pytest.raises(UnsupportedModel, match="its pad value has the output's scale"):
        Case("PADV2", inputs, Value([6], (0.1, 0))).graph()

"""PAD against tflite-micro with random pads of all types."""

from pathlib import Path

import numpy as np
import pytest
from support.moving import DTYPES, run_whichever_has_it
from support.padding import pad_case, random_pads
from support.proof import Case, Value, prove

from edgeopt.errors import UnsupportedModel


def core_cases(rng: np.random.Generator) -> list[Case]:
    pads = np.array([[0, 0], [1, 2], [0, 1], [0, 0]])
    return [pad_case(rng, "PAD", [1, 3, 4, 5], pads, dtype) for dtype in ("int8", "int16", "float32")]


@pytest.mark.parametrize("dtype", DTYPES)
def test_equals_the_oracle_with_random_pads(dtype: str, tmp_path: Path, rng: np.random.Generator) -> None:
    cases = [pad_case(rng, "PAD", *random_pads(rng), dtype) for _ in range(20)]
    prove(cases, tmp_path, run_whichever_has_it)


def test_refuses_negative_pads(rng: np.random.Generator) -> None:
    case = pad_case(rng, "PAD", [4, 4], np.array([[0, 0], [-1, 0]]))
    with pytest.raises(UnsupportedModel, match="its pads are not negative"):
        case.graph()


def test_refuses_pads_that_are_computed() -> None:
    inputs = [Value((4, 4), (0.1, 0)), Value((2, 2), dtype="int32")]
    with pytest.raises(UnsupportedModel, match="its pads are constant"):
        Case("PAD", inputs, Value((4, 4), (0.1, 0))).graph()

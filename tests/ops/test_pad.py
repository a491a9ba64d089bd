"""PAD against tflite-micro with random pads."""

from pathlib import Path

import numpy as np
import pytest
from support.padding import pad_case, random_pads
from support.proof import Case, Value, prove

from edgeopt.errors import UnsupportedModel


def test_equals_tflm_with_random_pads(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([pad_case(rng, "PAD", *random_pads(rng)) for _ in range(50)], tmp_path)


def test_refuses_negative_pads(rng: np.random.Generator) -> None:
    case = pad_case(rng, "PAD", [4, 4], np.array([[0, 0], [-1, 0]]))
    with pytest.raises(UnsupportedModel, match="its pads are not negative"):
        case.graph()


def test_refuses_pads_that_are_computed() -> None:
    inputs = [Value((4, 4), (0.1, 0)), Value((2, 2), dtype="int32")]
    with pytest.raises(UnsupportedModel, match="its pads are constant"):
        Case("PAD", inputs, Value((4, 4), (0.1, 0))).graph()

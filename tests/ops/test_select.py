"""SELECT against LiteRT's reference, since tflite-micro has none, where all inputs have one shape."""

from pathlib import Path

import numpy as np
import pytest
from support.oracle import run_litert_reference
from support.proof import Case, Value, prove, random_array

from edgeopt.errors import UnsupportedModel

QUANT = (0.1, 3)


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [_case(rng, (2, 3, 4))]


def _case(rng: np.random.Generator, shape: tuple[int, ...]) -> Case:
    inputs = [Value(shape, dtype="bool"), Value(shape, QUANT), Value(shape, QUANT)]
    sample = [rng.random(shape) < 0.5, random_array(rng, shape), random_array(rng, shape)]
    return Case("SELECT", inputs, Value(shape, QUANT), samples=[sample])


def test_equals_litert(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_case(rng, shape) for shape in ((7,), (2, 3, 4), (1, 5, 5, 3))], tmp_path, oracle=run_litert_reference)


def test_refuses_a_condition_of_rows() -> None:
    inputs = [Value((2,), dtype="bool"), Value((2, 2), QUANT), Value((2, 2), QUANT)]
    with pytest.raises(UnsupportedModel, match="its inputs have one shape"):
        Case("SELECT", inputs, Value((2, 2), QUANT)).graph()

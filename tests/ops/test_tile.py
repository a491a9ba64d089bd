"""TILE against LiteRT's reference: tflite-micro has none."""

from pathlib import Path

import numpy as np
import pytest
from support.moving import DTYPES, any_quant, ints, random_shape, with_samples
from support.oracle import run_litert_reference
from support.proof import Case, Value, prove

from edgeopt.errors import MalformedModel, UnsupportedModel


def _case(rng: np.random.Generator, shape: list[int], multiples: list[int], dtype: str = "int8") -> Case:
    quant = any_quant(rng, dtype)
    out = Value(np.multiply(shape, multiples).tolist(), quant, dtype)
    return with_samples(rng, Case("TILE", [Value(shape, quant, dtype), ints(multiples)], out))


def _random_case(rng: np.random.Generator, dtype: str) -> Case:
    shape = random_shape(rng)
    return _case(rng, shape, rng.integers(1, 4, len(shape)).tolist(), dtype)


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [_case(rng, [2, 3, 4], [2, 1, 3], dtype) for dtype in ("int8", "int16", "int32")]


@pytest.mark.parametrize("dtype", DTYPES)
def test_equals_litert_for_random_multiples(dtype: str, tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_random_case(rng, dtype) for _ in range(12)], tmp_path, run_litert_reference)


@pytest.mark.parametrize("multiples", [[2], [2, 2, 2], [-1, 1]])
def test_refuses_multiples_that_make_no_sense(multiples: list[int]) -> None:
    quant = (0.1, 0)
    with pytest.raises(MalformedModel):
        Case("TILE", [Value([2, 3], quant), ints(multiples)], Value([4, 6], quant)).graph()


def test_refuses_more_than_a_microcontroller_holds() -> None:
    quant = (0.1, 0)
    with pytest.raises(UnsupportedModel, match="16,777,216 elements at most"):
        Case("TILE", [Value([2, 3], quant), ints([2**14, 2**14])], Value([2**15, 3 * 2**14], quant)).graph()

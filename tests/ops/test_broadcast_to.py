"""BROADCAST_TO against tflite-micro, of all types."""

from pathlib import Path

import numpy as np
import pytest
from support.moving import DTYPES, any_quant, ints, random_shape, with_samples
from support.oracle import run_tflm
from support.proof import Case, Value, prove

from edgeopt.errors import MalformedModel


def _case(rng: np.random.Generator, shape: list[int], out: list[int], dtype: str = "int8") -> Case:
    quant = any_quant(rng, dtype)
    return with_samples(rng, Case("BROADCAST_TO", [Value(shape, quant, dtype), ints(out)], Value(out, quant, dtype)))


def _random_case(rng: np.random.Generator, dtype: str) -> Case:
    out = random_shape(rng)
    repeated = rng.random(len(out)) < 0.5
    shape = [1 if once else extent for once, extent in zip(repeated, out, strict=True)]
    return _case(rng, shape[int(rng.integers(len(out))) :], out, dtype)


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [_case(rng, [3, 1, 4], [2, 3, 5, 4], dtype) for dtype in ("int8", "int32")]


@pytest.mark.parametrize("dtype", DTYPES)
def test_equals_tflm_for_random_shapes(dtype: str, tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_random_case(rng, dtype) for _ in range(12)], tmp_path, run_tflm)


@pytest.mark.parametrize("out", [[3], [2, 4], [3, 2]])
def test_refuses_shapes_that_do_not_fit(out: list[int]) -> None:
    quant = (0.1, 0)
    with pytest.raises(MalformedModel):
        Case("BROADCAST_TO", [Value([2, 3], quant), ints(out)], Value(out, quant)).graph()

"""UNPACK against tflite-micro: several outputs, all types."""

from pathlib import Path

import numpy as np
import pytest
from support.moving import DTYPES, any_quant, random_shape, run_whichever_has_it, with_samples
from support.proof import Case, Value, prove

from edgeopt.errors import MalformedModel


def _case(rng: np.random.Generator, shape: list[int], axis: int, dtype: str = "int8") -> Case:
    quant = any_quant(rng, dtype)
    part = list(shape)
    count = part.pop(axis)
    parts = [Value(part, quant, dtype) for _ in range(count)]
    options = {"num": count, "axis": axis}
    return with_samples(rng, Case("UNPACK", [Value(shape, quant, dtype)], parts[0], options, more=parts[1:]))


def _random_case(rng: np.random.Generator, dtype: str) -> Case:
    shape = random_shape(rng)
    return _case(rng, shape, int(rng.integers(-len(shape), len(shape))), dtype)


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [_case(rng, [3, 2, 4], axis, dtype) for axis, dtype in ((1, "int8"), (2, "int32"))]


@pytest.mark.parametrize("dtype", DTYPES)
def test_equals_the_oracle_along_random_axes(dtype: str, tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_random_case(rng, dtype) for _ in range(12)], tmp_path, run_whichever_has_it)


@pytest.mark.parametrize(("axis", "num"), [(0, 2), (2, 2), (1, 3)])
def test_refuses_another_number_of_parts(axis: int, num: int) -> None:
    quant = (0.1, 0)
    with pytest.raises(MalformedModel):
        part = Value([3], quant)
        Case("UNPACK", [Value([3, 2], quant)], part, {"num": num, "axis": axis}, more=[part]).graph()

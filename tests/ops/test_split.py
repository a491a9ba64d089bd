"""SPLIT against tflite-micro: several outputs, all types."""

from pathlib import Path

import numpy as np
import pytest
from support.moving import DTYPES, any_quant, random_shape, run_whichever_has_it, with_samples
from support.proof import Case, Value, prove

from edgeopt.errors import MalformedModel, UnsupportedModel


def split_case(rng: np.random.Generator, shape: list[int], axis: int, count: int, dtype: str = "int8") -> Case:
    quant = any_quant(rng, dtype)
    part = list(shape)
    part[axis] //= count
    parts = [Value(part, quant, dtype) for _ in range(count)]
    inputs = [Value((), dtype="int32", data=np.int32(axis)), Value(shape, quant, dtype)]
    return with_samples(rng, Case("SPLIT", inputs, parts[0], {"num_splits": count}, more=parts[1:]))


def _random_case(rng: np.random.Generator, dtype: str) -> Case:
    shape, count = random_shape(rng), int(rng.integers(1, 5))
    axis = int(rng.integers(-len(shape), len(shape)))
    shape[axis] *= count
    return split_case(rng, shape, axis, count, dtype)


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [split_case(rng, [2, 3, 6], axis, 3, dtype) for axis, dtype in ((2, "int8"), (1, "int16"))]


@pytest.mark.parametrize("dtype", [dtype for dtype in DTYPES if dtype != "bool"])  # neither oracle splits bool
def test_equals_the_oracle_along_random_axes(dtype: str, tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_random_case(rng, dtype) for _ in range(12)], tmp_path, run_whichever_has_it)


@pytest.mark.parametrize(("axis", "count", "parts"), [(0, 2, 3), (1, 2, 2), (2, 2, 2), (0, 4, 4)])
def test_refuses_parts_that_do_not_come_out(axis: int, count: int, parts: int) -> None:
    quant = (0.1, 0)
    inputs = [Value((), dtype="int32", data=np.int32(axis)), Value([6, 3], quant)]
    outputs = [Value([3, 3], quant) for _ in range(parts)]
    with pytest.raises(MalformedModel):
        Case("SPLIT", inputs, outputs[0], {"num_splits": count}, more=outputs[1:]).graph()


def test_refuses_an_axis_that_is_computed_and_a_part_of_another_scale() -> None:
    inputs = [Value((), dtype="int32"), Value([4], (0.1, 0))]
    parts = [Value([2], (0.1, 0)), Value([2], (0.2, 0))]
    with pytest.raises(UnsupportedModel, match=r"its axis is constant.*its inputs and outputs have the same type"):
        Case("SPLIT", inputs, parts[0], {"num_splits": 2}, more=parts[1:]).graph()

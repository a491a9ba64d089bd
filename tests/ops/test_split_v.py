"""SPLIT_V against tflite-micro: parts of several sizes, all types."""

from pathlib import Path

import numpy as np
import pytest
from support.moving import DTYPES, any_quant, ints, random_shape, run_whichever_has_it, with_samples
from support.oracle import run_litert_reference
from support.proof import Case, Value, prove

from edgeopt.errors import MalformedModel


def _case(rng: np.random.Generator, shape: list[int], axis: int, sizes: list[int], dtype: str = "int8") -> Case:
    """`shape` with the sum of the sizes along the axis."""
    quant = any_quant(rng, dtype)
    axis %= len(shape)
    parts = [Value([*shape[:axis], size, *shape[axis + 1 :]], quant, dtype) for size in sizes]
    whole = [*shape[:axis], sum(sizes), *shape[axis + 1 :]]
    inputs = [Value(whole, quant, dtype), ints(sizes), ints(axis)]
    return with_samples(rng, Case("SPLIT_V", inputs, parts[0], {"num_splits": len(sizes)}, more=parts[1:]))


def _random_case(rng: np.random.Generator, dtype: str) -> Case:
    shape = random_shape(rng)
    sizes = rng.integers(1, 5, int(rng.integers(1, 5))).tolist()
    return _case(rng, shape, int(rng.integers(-len(shape), len(shape))), sizes, dtype)


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [_case(rng, [3, 1, 4], axis, [1, 4, 2], dtype) for axis, dtype in ((1, "int8"), (2, "int32"))]


@pytest.mark.parametrize("dtype", [dtype for dtype in DTYPES if dtype != "bool"])  # neither oracle splits bool
def test_equals_the_oracle_with_random_sizes(dtype: str, tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_random_case(rng, dtype) for _ in range(12)], tmp_path, run_whichever_has_it)


def test_one_size_may_be_what_the_others_leave(tmp_path: Path, rng: np.random.Generator) -> None:
    case = _case(rng, [2, 1], 1, [2, 3, 1])
    open_size = Case(case.operator, [case.inputs[0], ints([2, -1, 1]), ints(1)], *_rest(case))
    prove([open_size], tmp_path, run_litert_reference)


def _rest(case: Case) -> tuple[object, ...]:
    return case.output, case.options, case.samples, case.more


@pytest.mark.parametrize("sizes", [[2, 2], [2, 4], [-1, -1], [-2, 7], [5]])
def test_refuses_sizes_that_do_not_add_up(sizes: list[int]) -> None:
    quant = (0.1, 0)
    parts = [Value([2], quant), Value([3], quant)]
    inputs = [Value([5], quant), ints(sizes), ints(0)]
    with pytest.raises(MalformedModel):
        Case("SPLIT_V", inputs, parts[0], {"num_splits": 2}, more=parts[1:]).graph()

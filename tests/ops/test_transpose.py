"""TRANSPOSE against tflite-micro, of all types and orders of up to 5 dimensions."""

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from support.moving import DTYPES, any_quant, ints, random_shape, run_whichever_has_it, with_samples
from support.proof import Case, Value, prove

from edgeopt.errors import MalformedModel, UnsupportedModel


def _case(rng: np.random.Generator, shape: list[int], order: list[int], dtype: str = "int8") -> Case:
    quant = any_quant(rng, dtype)
    out = Value([shape[axis] for axis in order], quant, dtype)
    return with_samples(rng, Case("TRANSPOSE", [Value(shape, quant, dtype), ints(order)], out))


def core_cases(rng: np.random.Generator) -> list[Case]:
    orders = {"int8": [0, 2, 3, 1], "int16": [3, 0, 1, 2], "int32": [0, 2, 1, 3]}
    return [_case(rng, [2, 3, 5, 4], order, dtype) for dtype, order in orders.items()]


@pytest.mark.parametrize("dtype", DTYPES)
def test_equals_the_oracle_for_random_shapes(dtype: str, tmp_path: Path, rng: np.random.Generator) -> None:
    shapes = [random_shape(rng, 1, 5) for _ in range(12)]
    cases = [_case(rng, shape, rng.permutation(len(shape)).tolist(), dtype) for shape in shapes]
    prove(cases, tmp_path, run_whichever_has_it)


def test_equals_the_oracle_for_every_order_of_four(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_case(rng, [2, 3, 4, 8], list(order)) for order in permutations(range(4))], tmp_path, run_whichever_has_it)


def test_an_axis_may_count_from_the_end(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_case(rng, [2, 3, 4], [-1, 0, 1])], tmp_path, run_whichever_has_it)


@pytest.mark.parametrize("order", [[0, 0], [0, 2], [0], [0, 1, 2]])
def test_refuses_what_is_no_permutation(order: list[int], rng: np.random.Generator) -> None:
    case = Case("TRANSPOSE", [Value([2, 3], (0.1, 0)), ints(order)], Value([2, 3], (0.1, 0)))
    with pytest.raises(MalformedModel, match="its tensors and options contradict each other"):
        case.graph()


def test_refuses_a_permutation_that_is_computed() -> None:
    case = Case("TRANSPOSE", [Value([2, 3], (0.1, 0)), Value([2], dtype="int32")], Value([2, 3], (0.1, 0)))
    with pytest.raises(UnsupportedModel, match="its permutation is constant"):
        case.graph()


def test_refuses_another_scale() -> None:
    case = Case("TRANSPOSE", [Value([2, 3], (0.1, 0)), ints([1, 0])], Value([3, 2], (0.2, 0)))
    with pytest.raises(UnsupportedModel, match="same type, scale and zero point"):
        case.graph()

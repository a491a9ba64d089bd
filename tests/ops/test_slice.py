"""SLICE against tflite-micro: random boxes of all types."""

from pathlib import Path

import numpy as np
import pytest
from support.moving import DTYPES, any_quant, ints, random_shape, run_whichever_has_it, with_samples
from support.proof import Case, Value, prove

from edgeopt.errors import MalformedModel, UnsupportedModel


def _case(rng: np.random.Generator, shape: list[int], begin: list[int], size: list[int], dtype: str = "int8") -> Case:
    quant = any_quant(rng, dtype)
    rest = zip(begin, size, shape, strict=True)
    out = Value([extent - start if count == -1 else count for start, count, extent in rest], quant, dtype)
    return with_samples(rng, Case("SLICE", [Value(shape, quant, dtype), ints(begin), ints(size)], out))


def _random_case(rng: np.random.Generator, dtype: str) -> Case:
    shape = random_shape(rng, 1, 5)
    begin = [int(rng.integers(extent)) for extent in shape]
    size = [int(rng.integers(1, extent - start + 1)) for extent, start in zip(shape, begin, strict=True)]
    return _case(rng, shape, begin, [-1 if rng.random() < 0.2 else count for count in size], dtype)


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [_case(rng, [2, 5, 6, 4], [0, 1, 2, 1], [2, 3, -1, 2], dtype) for dtype in ("int8", "int32")]


@pytest.mark.parametrize("dtype", DTYPES)
def test_equals_the_oracle_for_random_boxes(dtype: str, tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_random_case(rng, dtype) for _ in range(12)], tmp_path, run_whichever_has_it)


@pytest.mark.parametrize(("begin", "size"), [([0, 2], [2, 2]), ([-1, 0], [1, 1]), ([0, 0], [-2, 1]), ([3, 0], [0, 1])])
def test_refuses_a_box_that_is_not_inside(begin: list[int], size: list[int]) -> None:
    quant = (0.1, 0)
    case = Case("SLICE", [Value([2, 3], quant), ints(begin), ints(size)], Value([1, 1], quant))
    with pytest.raises(MalformedModel, match="its tensors and options contradict each other"):
        case.graph()


def test_refuses_a_begin_that_is_computed() -> None:
    inputs = [Value([2, 3], (0.1, 0)), Value([2], dtype="int32"), ints([1, 1])]
    with pytest.raises(UnsupportedModel, match="its begin and size are constant"):
        Case("SLICE", inputs, Value([1, 1], (0.1, 0))).graph()

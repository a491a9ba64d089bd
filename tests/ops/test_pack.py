"""PACK against tflite-micro: inputs of all types, constant ones among them."""

from pathlib import Path

import numpy as np
import pytest
from support.moving import DTYPES, any_quant, any_values, random_shape, run_whichever_has_it, with_samples
from support.proof import Case, Value, prove

from edgeopt.errors import MalformedModel, UnsupportedModel


def _case(rng: np.random.Generator, shape: list[int], axis: int, count: int, dtype: str = "int8") -> Case:
    quant = any_quant(rng, dtype)
    out = list(shape)
    out.insert(axis % (len(shape) + 1), count)
    constants = [index > 0 and rng.random() < 0.2 for index in range(count)]
    inputs = [Value(shape, quant, dtype, any_values(rng, shape, dtype) if known else None) for known in constants]
    options = {"values_count": count, "axis": axis}
    return with_samples(rng, Case("PACK", inputs, Value(out, quant, dtype), options))


def _random_case(rng: np.random.Generator, dtype: str) -> Case:
    shape = random_shape(rng)
    return _case(rng, shape, int(rng.integers(-len(shape) - 1, len(shape) + 1)), int(rng.integers(1, 5)), dtype)


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [_case(rng, [3, 4], axis, 3, dtype) for axis, dtype in ((1, "int8"), (2, "int16"))]


@pytest.mark.parametrize("dtype", [dtype for dtype in DTYPES if dtype != "bool"])  # neither oracle packs bool
def test_equals_the_oracle_along_random_axes(dtype: str, tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_random_case(rng, dtype) for _ in range(12)], tmp_path, run_whichever_has_it)


@pytest.mark.parametrize(("second", "count"), [([4, 3], 2), ([3, 4], 3)])
def test_refuses_other_shapes_and_counts(second: list[int], count: int) -> None:
    quant = (0.1, 0)
    case = Case("PACK", [Value([3, 4], quant), Value(second, quant)], Value([2, 3, 4], quant), {"values_count": count})
    with pytest.raises(MalformedModel):
        case.graph()


def test_refuses_another_scale() -> None:
    inputs = [Value([2], (0.1, 0)), Value([2], (0.2, 0))]
    with pytest.raises(UnsupportedModel, match="same type, scale and zero point"):
        Case("PACK", inputs, Value([2, 2], (0.1, 0)), {"values_count": 2}).graph()

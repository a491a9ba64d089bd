"""CONCATENATION against tflite-micro along random axes, of all types, with constants among the inputs."""

from pathlib import Path

import numpy as np
import pytest
from support.moving import DTYPES, any_quant, any_values, run_whichever_has_it, with_samples
from support.proof import Case, Value, prove, random_array

from edgeopt.errors import UnsupportedModel


def _random_case(rng: np.random.Generator, dtype: str) -> Case:
    rank = int(rng.integers(1, 5))
    axis = int(rng.integers(-rank, rank))
    shape = [int(extent) for extent in rng.integers(1, 6, rank)]
    quant, values, total = any_quant(rng, dtype), [], 0
    for index in range(int(rng.integers(1, 6))):
        shape[axis] = int(rng.integers(1, 6))
        total += shape[axis]
        constant = index > 0 and rng.random() < 0.2
        values.append(Value(list(shape), quant, dtype, any_values(rng, shape, dtype) if constant else None))
    shape[axis] = total
    return with_samples(rng, Case("CONCATENATION", values, Value(shape, quant, dtype), {"axis": axis}), 2)


def core_cases(rng: np.random.Generator) -> list[Case]:
    """Elements and runs; a constant of bytes cannot be read as words."""
    widths, quant = (4, 8, 3), (0.1, 0)
    data = random_array(rng, [3, 8])
    values = [Value([3, width], quant, data=data if width == 8 else None) for width in widths]
    case = Case("CONCATENATION", values, Value([3, sum(widths)], quant), {"axis": 1})
    return [with_samples(rng, case), _random_case(rng, "int16"), _random_case(rng, "float32")]


@pytest.mark.parametrize("dtype", DTYPES)
def test_equals_the_oracle_along_random_axes(dtype: str, tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_random_case(rng, dtype) for _ in range(20)], tmp_path, run_whichever_has_it)


def test_refuses_inputs_of_different_scales() -> None:
    values = [Value((1, 2), (0.1, 0)), Value((1, 2), (0.2, 0))]
    with pytest.raises(UnsupportedModel, match="same type, scale and zero point"):
        Case("CONCATENATION", values, Value((1, 4), (0.1, 0)), {"axis": 1}).graph()


def test_refuses_a_fused_activation() -> None:
    options = {"axis": 1, "fused_activation_function": "RELU"}
    values = [Value((1, 2), (0.1, 0)), Value((1, 2), (0.1, 0))]
    with pytest.raises(UnsupportedModel, match="it has no fused activation"):
        Case("CONCATENATION", values, Value((1, 4), (0.1, 0)), options).graph()

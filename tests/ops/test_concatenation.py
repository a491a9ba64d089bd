"""CONCATENATION against tflite-micro along random axes."""

from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, Value, prove, random_array, random_quant

from edgeopt.errors import UnsupportedModel


def _random_case(rng: np.random.Generator) -> Case:
    rank = int(rng.integers(1, 5))
    axis = int(rng.integers(-rank, rank))
    shape = [int(extent) for extent in rng.integers(1, 6, rank)]
    quant, values, total = random_quant(rng), [], 0
    count = int(rng.integers(1, 6))
    for index in range(count):
        shape[axis] = int(rng.integers(1, 6))
        total += shape[axis]
        constant = index > 0 and rng.random() < 0.2
        values.append(Value(list(shape), quant, data=random_array(rng, shape) if constant else None))
    shape[axis] = total
    return Case("CONCATENATION", values, Value(shape, quant), {"axis": axis}).with_random_samples(rng)


def test_equals_tflm_along_random_axes(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_random_case(rng) for _ in range(50)], tmp_path)


def test_refuses_inputs_of_different_scales() -> None:
    values = [Value((1, 2), (0.1, 0)), Value((1, 2), (0.2, 0))]
    with pytest.raises(UnsupportedModel, match="same type, scale and zero point"):
        Case("CONCATENATION", values, Value((1, 4), (0.1, 0)), {"axis": 1}).graph()


def test_refuses_a_fused_activation() -> None:
    options = {"axis": 1, "fused_activation_function": "RELU"}
    values = [Value((1, 2), (0.1, 0)), Value((1, 2), (0.1, 0))]
    with pytest.raises(UnsupportedModel, match="it has no fused activation"):
        Case("CONCATENATION", values, Value((1, 4), (0.1, 0)), options).graph()

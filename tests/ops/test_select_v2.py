"""SELECT_V2 against tflite-micro: broadcasting, constants."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, Value, prove, random_array, random_quant

from edgeopt.errors import UnsupportedModel

# (condition, first, second)
SHAPES = [
    ((2, 3, 4), (2, 3, 4), (2, 3, 4)),
    ((2, 3, 4), (2, 3, 4), ()),
    ((4,), (2, 3, 4), (1, 1, 1)),
    ((2, 1, 4), (1, 3, 1), (2, 3, 4)),
    ((), (3, 4), (3, 4)),
    ((1, 2, 1, 3, 1), (2, 1, 4, 1, 5), (1, 1, 1, 1, 1)),
    ((1,), (1,), (1,)),
]


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [_case(rng, *shapes, constant=None) for shapes in SHAPES[:3]]


def _case(
    rng: np.random.Generator,
    condition: tuple[int, ...],
    first: tuple[int, ...],
    second: tuple[int, ...],
    constant: int | None,
) -> Case:
    quant = random_quant(rng)
    given = [rng.random(condition) < 0.5, random_array(rng, first), random_array(rng, second)]
    values = [Value(condition, dtype="bool"), Value(first, quant), Value(second, quant)]
    values = [replace(v, data=given[i]) if i == constant else v for i, v in enumerate(values)]
    out = Value(np.broadcast_shapes(condition, first, second), quant)
    sample = [np.asarray(array) for i, array in enumerate(given) if i != constant]
    return Case("SELECT_V2", values, out, samples=[sample])


def test_equals_tflm_with_broadcasting_and_constants(tmp_path: Path, rng: np.random.Generator) -> None:
    cases = [_case(rng, *shapes, constant=constant) for shapes in SHAPES for constant in (None, 0, 1, 2)]
    prove(cases, tmp_path)


def test_refuses_scales_that_differ() -> None:
    values = [Value((4,), dtype="bool"), Value((4,), (0.1, 0)), Value((4,), (0.2, 0))]
    with pytest.raises(UnsupportedModel, match="same scale and zero point"):
        Case("SELECT_V2", values, Value((4,), (0.1, 0))).graph()


def test_refuses_shapes_that_do_not_broadcast() -> None:
    values = [Value((3,), dtype="bool"), Value((4,), (0.1, 0)), Value((4,), (0.1, 0))]
    with pytest.raises(UnsupportedModel, match="shapes that broadcast together"):
        Case("SELECT_V2", values, Value((4,), (0.1, 0))).graph()

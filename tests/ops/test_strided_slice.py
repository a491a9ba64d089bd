"""STRIDED_SLICE against tflite-micro, and against LiteRT's reference where a mask is not tflite-micro's."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.moving import DTYPES, any_quant, ints, random_shape, run_whichever_has_it, with_samples
from support.oracle import run_litert_reference
from support.proof import Case, Value, prove

from edgeopt.errors import MalformedModel, UnsupportedModel

MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
Bounds = tuple[list[int], list[int], list[int]]


def _case(rng: np.random.Generator, shape: list[int], bounds: Bounds, dtype: str = "int8", **masks: int) -> Case:
    """The output's shape is Python's own opinion."""
    quant = any_quant(rng, dtype)
    out = np.empty(shape)[_python_index(bounds, masks)]
    inputs = [Value(shape, quant, dtype), *map(ints, bounds)]
    return with_samples(rng, Case("STRIDED_SLICE", inputs, Value(out.shape, quant, dtype), masks))


def _python_index(bounds: Bounds, masks: dict[str, int]) -> Any:
    def entry(index: int, begin: int, end: int, step: int) -> object:
        has = {name: masks.get(name, 0) >> index & 1 for name in MASKS}
        if has["ellipsis_mask"]:
            return Ellipsis
        if has["new_axis_mask"]:
            return None
        if has["shrink_axis_mask"]:
            return 0 if has["begin_mask"] else begin
        return slice(None if has["begin_mask"] else begin, None if has["end_mask"] else end, step)

    return tuple(entry(index, *bound) for index, bound in enumerate(zip(*bounds, strict=True)))


def _random_case(rng: np.random.Generator, dtype: str) -> Case:
    """Begin, end and shrink masks, steps of both signs, bounds in and out of range; the result is not empty."""
    while True:
        shape = random_shape(rng)
        rank = len(shape)
        begin = [int(rng.integers(-extent, extent)) for extent in shape]
        end = [int(rng.integers(-extent - 2, extent + 3)) for extent in shape]
        step = [int(value) for value in rng.choice([-3, -2, -1, 1, 2, 3], rank)]
        begin_mask, end_mask = (int(rng.integers(1 << rank)) for _ in range(2))
        shrink = int(rng.integers(1 << rank)) if rng.random() < 0.5 else 0
        step = [abs(value) if shrink >> index & 1 else value for index, value in enumerate(step)]
        bounds = begin, end, step
        masks = {"begin_mask": begin_mask & ~shrink, "end_mask": end_mask, "shrink_axis_mask": shrink}
        if np.empty(shape)[_python_index(bounds, masks)].size:
            return _case(rng, shape, bounds, dtype, **masks)


def core_cases(rng: np.random.Generator) -> list[Case]:
    bounds = [0, 5, 1, 3], [2, 0, 6, 0], [1, -2, 2, -1]
    return [_case(rng, [2, 6, 7, 4], bounds, dtype) for dtype in ("int8", "int16", "int32")]


@pytest.mark.parametrize("dtype", DTYPES)
def test_equals_the_oracle_for_random_ranges(dtype: str, tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_random_case(rng, dtype) for _ in range(20)], tmp_path, run_whichever_has_it)


def test_equals_litert_with_an_ellipsis_and_new_dimensions(tmp_path: Path, rng: np.random.Generator) -> None:
    """x[1:2, ..., 2:4], x[..., None, 1:3], x[None, 1, 0:2], x[3:0:-1] and x[-1]."""
    ones = [1, 1, 1]
    cases = [
        _case(rng, [2, 3, 4, 5], ([1, 0, 2], [2, 0, 4], ones), ellipsis_mask=0b010),
        _case(rng, [2, 3, 4], ([0, 0, 1], [0, 0, 3], ones), ellipsis_mask=0b001, new_axis_mask=0b010),
        _case(rng, [2, 3], ([0, 1, 0], [0, 0, 2], ones), new_axis_mask=0b001, shrink_axis_mask=0b010),
        _case(rng, [4, 3, 2], ([3], [0], [-1])),
        _case(rng, [4, 3, 2], ([-1], [0], [1]), shrink_axis_mask=1),
    ]
    prove(cases, tmp_path, run_litert_reference)


@pytest.mark.parametrize(
    ("bounds", "masks"),
    [
        (([0], [2], [0]), {}),  # a step of 0
        (([2], [3], [1]), {"shrink_axis_mask": 1}),  # an index that there is not
        (([-3], [3], [1]), {"shrink_axis_mask": 1}),
        (([1], [0], [-1]), {"shrink_axis_mask": 1}),  # backwards, with an index alone
        (([0, 0, 0], [1, 1, 1], [1, 1, 1]), {}),  # more entries than dimensions
        (([0], [1, 1], [1]), {}),
        (([0, 0], [0, 0], [1, 1]), {"ellipsis_mask": 3}),  # two of them
    ],
)
def test_refuses_bounds_that_make_no_sense(bounds: Bounds, masks: dict[str, int]) -> None:
    quant = (0.1, 0)
    case = Case("STRIDED_SLICE", [Value([2, 3], quant), *map(ints, bounds)], Value([1, 3], quant), masks)
    with pytest.raises(MalformedModel):
        case.graph()


def test_refuses_bounds_that_are_computed_and_an_end_that_is_an_offset() -> None:
    quant, bound = (0.1, 0), Value([1], dtype="int32")
    case = Case("STRIDED_SLICE", [Value([2, 3], quant), bound, ints([1]), ints([1])], Value([1, 3], quant))
    with pytest.raises(UnsupportedModel, match="its begin, end and strides are constant"):
        case.graph()
    inputs = [Value([2, 3], quant), ints([0]), ints([1]), ints([1])]
    with pytest.raises(UnsupportedModel, match="its end is no offset"):
        Case("STRIDED_SLICE", inputs, Value([1, 3], quant), {"offset": True}).graph()

"""RESIZE_NEAREST_NEIGHBOR against tflite-micro, and LiteRT's reference for types that it lacks."""

from pathlib import Path

import numpy as np
import pytest
from support.moving import DTYPES, any_quant, ints, run_whichever_has_it, with_samples
from support.oracle import run_tflm
from support.proof import Case, Value, assert_same, prove, reference

from edgeopt.errors import MalformedModel, UnsupportedModel

CORNERS, CENTERS = {"align_corners": True}, {"half_pixel_centers": True}
ALIGNMENTS: tuple[dict[str, bool], ...] = ({}, CORNERS, CENTERS, CORNERS | CENTERS)


def _case(
    rng: np.random.Generator, shape: list[int], size: list[int], options: dict[str, bool], dtype: str = "int8"
) -> Case:
    quant = any_quant(rng, dtype)
    inputs = [Value(shape, quant, dtype), ints(size)]
    out = Value([shape[0], *size, shape[3]], quant, dtype)
    return with_samples(rng, Case("RESIZE_NEAREST_NEIGHBOR", inputs, out, options))


def _random_case(rng: np.random.Generator, dtype: str) -> Case:
    shape = [int(rng.integers(1, 3)), *rng.integers(1, 8, 2).tolist(), int(rng.integers(1, 20))]
    return _case(rng, shape, rng.integers(1, 15, 2).tolist(), ALIGNMENTS[rng.integers(4)], dtype)


def core_cases(rng: np.random.Generator) -> list[Case]:
    shapes = {"int8": [1, 3, 4, 20], "int16": [1, 3, 4, 3]}
    return [_case(rng, shape, [6, 8], CENTERS, dtype) for dtype, shape in shapes.items()]


@pytest.mark.parametrize("dtype", DTYPES)
def test_equals_the_oracle_for_random_sizes(dtype: str, tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_random_case(rng, dtype) for _ in range(15)], tmp_path, run_whichever_has_it)


@pytest.mark.parametrize("options", ALIGNMENTS)
def test_numpy_equals_tflm_wherever_float32_rounds(options: dict[str, bool], rng: np.random.Generator) -> None:
    """The scale and the product are float32; one row high, so that many widths are tried."""
    for _ in range(60):
        case = _case(rng, [1, 1, int(rng.integers(1, 61)), 1], [1, int(rng.integers(1, 400))], options)
        assert_same(reference(case.graph(), case.samples[0]), run_tflm(case.model(), case.samples[0]), str(case.inputs))


def test_refuses_an_image_of_no_size_and_another_shape() -> None:
    quant, size = (0.1, 0), ints([0, 4])
    with pytest.raises(UnsupportedModel, match="is not empty"):
        Case("RESIZE_NEAREST_NEIGHBOR", [Value([1, 2, 2, 1], quant), size], Value([1, 0, 4, 1], quant)).graph()
    with pytest.raises(MalformedModel):
        Case("RESIZE_NEAREST_NEIGHBOR", [Value([1, 2, 2, 1], quant), ints([4])], Value([1, 4, 4, 1], quant)).graph()


def test_refuses_a_size_that_is_computed() -> None:
    quant, size = (0.1, 0), Value([2], dtype="int32")
    with pytest.raises(UnsupportedModel, match="its size is constant"):
        Case("RESIZE_NEAREST_NEIGHBOR", [Value([1, 2, 2, 1], quant), size], Value([1, 4, 4, 1], quant)).graph()

"""RESIZE_BILINEAR against tflite-micro: random sizes, all ways to align."""

from pathlib import Path

import numpy as np
import pytest
from support.moving import ints
from support.proof import Case, Value, prove, random_quant

from edgeopt.errors import UnsupportedModel

ALIGNMENTS: tuple[dict[str, bool], ...] = ({}, {"align_corners": True}, {"half_pixel_centers": True})


def _case(rng: np.random.Generator, shape: list[int], size: list[int], options: dict[str, bool]) -> Case:
    quant = random_quant(rng)
    out = Value([shape[0], *size, shape[3]], quant)
    return Case("RESIZE_BILINEAR", [Value(shape, quant), ints(size)], out, options).with_random_samples(rng)


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [_case(rng, [1, 3, 4, 3], [6, 7], options) for options in ALIGNMENTS]


@pytest.mark.parametrize("options", ALIGNMENTS)
def test_equals_tflm_for_random_sizes(options: dict[str, bool], tmp_path: Path, rng: np.random.Generator) -> None:
    shapes = [[int(rng.integers(1, 3)), *rng.integers(1, 12, 2).tolist(), int(rng.integers(1, 5))] for _ in range(25)]
    prove([_case(rng, shape, rng.integers(1, 30, 2).tolist(), options) for shape in shapes], tmp_path)


def test_refuses_two_ways_to_align() -> None:
    quant, options = (0.1, 0), {"align_corners": True, "half_pixel_centers": True}
    case = Case("RESIZE_BILINEAR", [Value([1, 2, 2, 1], quant), ints([4, 4])], Value([1, 4, 4, 1], quant), options)
    with pytest.raises(UnsupportedModel, match="it aligns corners, or has half-pixel centers, or neither"):
        case.graph()


def test_refuses_a_scale_whose_rounding_leads_out_of_the_image() -> None:
    """1024 / 150 becomes 7, and 149 * 7 lies beyond the one pixel: tflite-micro reads what is behind it."""
    quant = (0.1, 0)
    case = Case("RESIZE_BILINEAR", [Value([1, 1, 1, 1], quant), ints([1, 150])], Value([1, 1, 150, 1], quant))
    with pytest.raises(UnsupportedModel, match="no position lies beyond the input"):
        case.graph()


def test_refuses_another_scale_and_another_type() -> None:
    x, y = Value([1, 2, 2, 1], (0.1, 0)), Value([1, 4, 4, 1], (0.2, 0))
    with pytest.raises(UnsupportedModel, match="same type, scale and zero point"):
        Case("RESIZE_BILINEAR", [x, ints([4, 4])], y).graph()
    x, y = (Value(value.shape, (0.1, 0), "int16") for value in (x, y))
    with pytest.raises(UnsupportedModel, match="int8, quantized per tensor"):
        Case("RESIZE_BILINEAR", [x, ints([4, 4])], y).graph()

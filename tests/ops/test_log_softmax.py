"""LOG_SOFTMAX against tflite-micro: random rows, equal classes, one-sided rows, many classes, extreme scales."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, Value, prove, random_array

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Array


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [_case(rng, 10, 0.1), _case(rng, 3, 1.0)]


def _rows(rng: np.random.Generator, depth: int) -> list[Array]:
    """Spread out, close together, equal, and one far above the others."""
    spread, close = random_array(rng, (depth,)), rng.integers(-10, 10, depth).astype(np.int8)
    lonely = np.where(np.arange(depth) == depth // 2, 127, -128).astype(np.int8)
    return [spread, close, np.full(depth, 5, np.int8), lonely]


def _case(rng: np.random.Generator, depth: int, scale: float) -> Case:
    x = Value((4, depth), (float(np.float32(scale)), int(rng.integers(-128, 128))))
    case = Case("LOG_SOFTMAX", [x], Value((4, depth), (1 / 16, 127)))
    return replace(case, samples=[[np.stack(_rows(rng, depth))]])


def test_equals_tflm_for_many_scales_and_depths(tmp_path: Path, rng: np.random.Generator) -> None:
    depths = [1, 2, 3, 10, 35, 100] * 8
    prove([_case(rng, depth, float(np.exp(rng.uniform(-7, 1)))) for depth in depths], tmp_path)


def test_equals_tflm_with_many_classes(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_case(rng, depth, scale) for depth in (511, 512, 4095) for scale in (0.001, 0.06, 0.5)], tmp_path)


def test_equals_tflm_at_extreme_scales(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_case(rng, 20, scale) for scale in (2.0**-25.9, 2.0**-20, 1e-4, 7.9, 8, 15.9, 16, 31, 100, 1e10)], tmp_path)


def test_refuses_another_output_scale_too_many_classes_and_too_small_a_scale() -> None:
    x, y = Value((1, 4096), (0.1, 0)), Value((1, 4096), (1 / 16, 127))
    for values, sentence in (
        ((x, y), "1 to 4095 classes"),
        (
            (replace(x, shape=(1, 9)), replace(y, shape=(1, 9), quant=(1 / 16, 126))),
            "scale is 1/16 and its zero point 127",
        ),
        ((replace(x, shape=(1, 9), quant=(2.0**-26, 0)), replace(y, shape=(1, 9))), "above 2\\^-26"),
    ):
        with pytest.raises(UnsupportedModel, match=sentence):
            Case("LOG_SOFTMAX", values[:1], values[1]).graph()

"""AVERAGE_POOL_2D of int16 against tflite-micro."""

from pathlib import Path

import numpy as np
import pytest
from support.pooling import pooling_cases
from support.proof import Case, Value, prove

from edgeopt.errors import UnsupportedModel


def core_cases(rng: np.random.Generator) -> list[Case]:
    return pooling_cases("AVERAGE_POOL_2D", rng, 2, "int16")


def test_equals_tflm(tmp_path: Path, rng: np.random.Generator) -> None:
    prove(pooling_cases("AVERAGE_POOL_2D", rng, 40, "int16"), tmp_path)


def _of_whole_input(height: int, width: int, fill: int) -> Case:
    options = {"padding": "VALID", "filter_height": height, "filter_width": width}
    x, y = (Value((1, *size, 1), (0.01, 0), "int16") for size in ((height, width), (1, 1)))
    return Case("AVERAGE_POOL_2D", [x], y, options, [[np.full(x.shape, fill, np.int16)]])


def test_the_largest_window_does_not_overflow(tmp_path: Path) -> None:
    prove([_of_whole_input(257, 255, fill) for fill in (-32768, 32767)], tmp_path)
    with pytest.raises(UnsupportedModel, match="65,535 elements at most"):
        _of_whole_input(256, 256, 0).graph()

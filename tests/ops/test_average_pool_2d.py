"""AVERAGE_POOL_2D against tflite-micro on random windows."""

from pathlib import Path

import numpy as np
import pytest
from support.pooling import pooling_cases
from support.proof import Case, Value, prove

from edgeopt.errors import UnsupportedModel


def test_equals_tflm_on_random_windows(tmp_path: Path, rng: np.random.Generator) -> None:
    prove(pooling_cases("AVERAGE_POOL_2D", rng, 60), tmp_path)


def test_refuses_an_output_of_another_scale() -> None:
    options = {"padding": "VALID", "filter_height": 2, "filter_width": 2}
    case = Case("AVERAGE_POOL_2D", [Value((1, 2, 2, 1), (0.1, 0))], Value((1, 1, 1, 1), (0.2, 0)), options)
    with pytest.raises(UnsupportedModel, match="same scale and zero point"):
        case.graph()

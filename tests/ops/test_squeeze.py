"""SQUEEZE against tflite-micro, and the dimensions that it refuses."""

from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, Value, prove

from edgeopt.errors import MalformedModel

QUANT = (0.1, 3)


def _case(shape: list[int], out: list[int], dims: list[int]) -> Case:
    case = Case("SQUEEZE", [Value(shape, QUANT)], Value(out, QUANT), {"squeeze_dims": dims})
    return case.with_random_samples(np.random.default_rng(121))


def test_equals_tflm(tmp_path: Path) -> None:
    cases = [
        _case([1, 3, 1, 2], [3, 2], []),
        _case([1, 3, 1, 2], [3, 1, 2], [0]),
        _case([1, 3, 1, 2], [1, 3, 2], [-2]),
        _case([1, 1, 1, 5], [1, 5], [1, 2]),
    ]
    prove(cases, tmp_path)


@pytest.mark.parametrize("dims", [[1], [4], [-5]])
def test_refuses_a_dimension_that_is_not_1(dims: list[int]) -> None:
    with pytest.raises(MalformedModel, match="not all of extent 1"):
        _case([1, 3, 1, 2], [3, 2], dims).graph()

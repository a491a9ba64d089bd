"""EXPAND_DIMS against tflite-micro, and the axes that it refuses."""

from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, Value, prove

from edgeopt.errors import MalformedModel, UnsupportedModel

QUANT = (0.1, 3)


def _case(shape: list[int], out: list[int], axis: int | None) -> Case:
    """`axis` None: an input of the model."""
    axis_input = Value([1], dtype="int32", data=None if axis is None else [axis])
    case = Case("EXPAND_DIMS", [Value(shape, QUANT), axis_input], Value(out, QUANT))
    return case if axis is None else case.with_random_samples(np.random.default_rng(131))


def test_equals_tflm(tmp_path: Path) -> None:
    cases = [_case([3, 2], [1, 3, 2], 0), _case([3, 2], [3, 1, 2], 1), _case([3, 2], [3, 2, 1], -1)]
    prove(cases, tmp_path)


def test_refuses_an_axis_out_of_range() -> None:
    with pytest.raises(MalformedModel, match="axis 3 of a tensor of 3 dimensions"):
        _case([3, 2], [3, 2, 1], 3).graph()


def test_refuses_an_axis_that_is_computed() -> None:
    with pytest.raises(UnsupportedModel, match="its axis is constant"):
        _case([3, 2], [1, 3, 2], None).graph()

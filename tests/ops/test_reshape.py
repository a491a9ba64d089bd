"""RESHAPE against tflite-micro, and the shapes that it refuses."""

from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, Value, prove

from edgeopt.errors import MalformedModel, UnsupportedModel
from edgeopt.ir import Array

QUANT = (0.1, 3)


def _case(shape: list[int], out: list[int], new_shape: list[int], as_input: bool) -> Case:
    """The new shape as a constant input, or as an option."""
    inputs = [Value(shape, QUANT)]
    if as_input:
        inputs.append(Value([len(new_shape)], dtype="int32", data=new_shape))
    options = {} if as_input else {"new_shape": new_shape}
    return Case("RESHAPE", inputs, Value(out, QUANT), options).with_random_samples(np.random.default_rng(111))


def _unchanged(model: bytes, sample: list[Array]) -> list[Array]:
    return list(sample)


# A network that is a view alone has no kernel, so the input must come out as it went in
def test_keeps_the_bytes(tmp_path: Path) -> None:
    shapes = [([1, 4, 6], [1, 24]), ([2, 3, 4], [4, 3, 2]), ([24], [1, 2, 3, 4]), ([1], [])]
    cases = [_case(shape, out, out, as_input) for shape, out in shapes for as_input in (True, False) if out]
    cases += [_case([2, 3, 4], [2, 12], [2, -1], as_input) for as_input in (True, False)]
    prove(cases, tmp_path)


def test_takes_the_outputs_shape_where_none_is_given() -> None:
    graph = Case("RESHAPE", [Value([2, 3], QUANT)], Value([3, 2], QUANT)).graph()
    assert graph.output_tensors[0].shape == (3, 2)


@pytest.mark.parametrize(("new_shape", "out"), [([5, 5], [5, 5]), ([-1, -1], [2, 3]), ([4, -1], [4, 1])])
def test_refuses_a_shape_of_other_size(new_shape: list[int], out: list[int]) -> None:
    with pytest.raises(MalformedModel, match="cannot have the shape"):
        _case([2, 3], out, new_shape, as_input=True).graph()


def test_refuses_another_scale() -> None:
    with pytest.raises(UnsupportedModel, match="the same type, scale and zero point"):
        Case("RESHAPE", [Value([2, 3], (0.1, 0))], Value([6], (0.2, 0)), {"new_shape": [6]}).graph()

"""GATHER against tflite-micro and LiteRT's reference: constant and computed indices, all types, common dimensions."""

from pathlib import Path

import numpy as np
import pytest
from support.host import run_on_host
from support.moving import DTYPES, any_quant, any_values, ints, random_shape, run_whichever_has_it, with_samples
from support.proof import Case, Value, assert_same, prove, reference

from edgeopt.errors import MalformedModel, UnsupportedModel
from edgeopt.ir import Array


def _case(
    rng: np.random.Generator,
    shape: list[int],
    indices: Array,
    axis: int,
    batch_dims: int = 0,
    dtype: str = "int8",
    computed: bool = False,
) -> Case:
    quant, at = any_quant(rng, dtype), axis % len(shape)
    out = [*shape[:at], *indices.shape[batch_dims:], *shape[at + 1 :]]
    which = Value(indices.shape, dtype="int32", data=None if computed else indices)
    options = {"axis": axis, "batch_dims": batch_dims}
    case = Case("GATHER", [Value(shape, quant, dtype), which], Value(out, quant, dtype), options)
    if not computed:
        return with_samples(rng, case)
    samples = [[any_values(rng, shape, dtype), indices.astype(np.int32)]]
    return Case(case.operator, case.inputs, case.output, case.options, samples)


def _random_case(rng: np.random.Generator, dtype: str) -> Case:
    shape = random_shape(rng)
    at = int(rng.integers(len(shape)))
    batch_dims = int(rng.integers(at + 1))
    indices = rng.integers(0, shape[at], [*shape[:batch_dims], *random_shape(rng, 0, 2)])
    axis = at - len(shape) if rng.random() < 0.5 else at
    return _case(rng, shape, indices, axis, batch_dims, dtype, bool(rng.random() < 0.5))


def core_cases(rng: np.random.Generator) -> list[Case]:
    indices = np.array([[3, 0], [1, -7]])
    constant = _case(rng, [2, 4, 5], np.array([3, 0, 0]), 1, dtype="int32")
    return [constant, _case(rng, [3, 4, 20], indices, 1, computed=True)]


@pytest.mark.parametrize("dtype", DTYPES)
def test_equals_the_oracle_for_random_indices(dtype: str, tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_random_case(rng, dtype) for _ in range(15)], tmp_path, run_whichever_has_it)


def test_a_computed_index_out_of_range_takes_the_first_or_last_slice(tmp_path: Path, rng: np.random.Generator) -> None:
    """tflite-micro fails in the middle of the network then; here it is defined, and no byte outside is read."""
    case = _case(rng, [4, 3], np.array([-1, 4, 2, -(2**31), 2**31 - 1]), 0, computed=True)
    graph, sample = case.graph(), case.samples[0]
    expected = reference(graph, sample)
    np.testing.assert_array_equal(expected[0], sample[0][[0, 3, 2, 0, 3]])
    assert_same(run_on_host([graph], [[sample]], tmp_path)[0][0], expected, "C and numpy differ")


@pytest.mark.parametrize("index", [-1, 4])
def test_refuses_a_constant_index_out_of_range(index: int) -> None:
    quant = (0.1, 0)
    with pytest.raises(UnsupportedModel, match="of slices that there are"):
        Case("GATHER", [Value([4, 3], quant), ints([index])], Value([1, 3], quant)).graph()


def test_refuses_indices_of_another_type() -> None:
    quant = (0.1, 0)
    with pytest.raises(UnsupportedModel, match="its indices are int32"):
        Case("GATHER", [Value([4, 3], quant), Value([2], dtype="int64")], Value([2, 3], quant)).graph()


@pytest.mark.parametrize("options", [{"axis": 2}, {"axis": 0, "batch_dims": 1}, {"axis": 1, "batch_dims": 2}])
def test_refuses_dimensions_that_are_not_common(options: dict[str, int]) -> None:
    quant = (0.1, 0)
    with pytest.raises(MalformedModel):
        Case("GATHER", [Value([4, 3], quant), ints([[1, 2]])], Value([1, 2, 3], quant), options).graph()

"""MINIMUM against tflite-micro: every pair of values, broadcasting; a bound as a clamp of the layer before."""

from pathlib import Path

import numpy as np
import pytest
from support.binary import pairs_case, plain_cases
from support.proof import Case, Quantized, Value, prove, random_quant

from edgeopt.errors import UnsupportedModel


def core_cases(rng: np.random.Generator) -> list[Case]:
    return plain_cases("MINIMUM", rng, lambda: _quants(rng))[:3]


def _quants(rng: np.random.Generator) -> list[Quantized]:
    return [random_quant(rng)] * 3


def test_equals_tflm_on_every_pair_of_values(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([pairs_case("MINIMUM", _quants(rng), None)], tmp_path)


def test_equals_tflm_with_broadcasting_and_constants(tmp_path: Path, rng: np.random.Generator) -> None:
    prove(plain_cases("MINIMUM", rng, lambda: _quants(rng), most_dims=5), tmp_path)


@pytest.mark.parametrize("bound", [-128, -7, 127])
def test_one_constant_bound_is_a_table(bound: int) -> None:
    inputs = [Value((2, 3), (0.1, 4)), Value((1,), (0.1, 4), data=[bound])]
    graph = Case("MINIMUM", inputs, Value((2, 3), (0.1, 4))).graph()
    (node,) = graph.nodes
    table = node.op.table(graph.io(node))
    assert table is not None
    assert table.tolist() == [min(q, bound) for q in range(-128, 128)]


@pytest.mark.parametrize("shapes", [((2, 3), (3,)), ((1, 1), (2, 3)), ((1, 3), (1, 1, 1))])
def test_no_table_where_the_bound_or_the_shape_varies(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    x, bound = shapes
    inputs = [Value(x, (0.1, 4)), Value(bound, (0.1, 4), data=np.zeros(bound))]
    graph = Case("MINIMUM", inputs, Value(np.broadcast_shapes(*shapes), (0.1, 4))).graph()
    (node,) = graph.nodes
    assert node.op.table(graph.io(node)) is None


def test_refuses_operands_of_different_scales() -> None:
    with pytest.raises(UnsupportedModel, match="same scale and zero point"):
        pairs_case("MINIMUM", ((0.1, 0), (0.2, 0), (0.1, 0)), None).graph()

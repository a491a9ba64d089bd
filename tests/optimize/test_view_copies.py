"""Copies that move nothing become views, and no others."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from support.moving import ints
from support.proof import Case, Value, random_array
from support.tflite_writer import ModelBuilder

from edgeopt.ir import Graph, evaluate
from edgeopt.load import load_bytes
from edgeopt.optimize import optimize
from edgeopt.optimize.view_copies import view_copies

Q = (0.1, 3)


def _data(*shape: int) -> Value:
    return Value(shape, Q)


def _graph(operator: str, inputs: Sequence[Value], shape: Sequence[int], **options: Any) -> Graph:
    return Case(operator, inputs, Value(shape, Q), options).graph()


WHOLE = {
    "a slice of everything": _graph("SLICE", [_data(2, 3), ints([0, 0]), ints([-1, 3])], [2, 3]),
    "x[:, None]": _graph(
        "STRIDED_SLICE",
        [_data(2, 3), *map(ints, ([0, 0], [0, 0], [1, 1]))],
        [2, 1, 3],
        begin_mask=1,
        end_mask=1,
        new_axis_mask=2,
    ),
    "x[0] of one": _graph("STRIDED_SLICE", [_data(1, 3), *map(ints, ([0], [1], [1]))], [3], shrink_axis_mask=1),
    "extents of 1 change places": _graph("TRANSPOSE", [_data(1, 4, 1, 3), ints([2, 1, 0, 3])], [1, 4, 1, 3]),
    "a split into one": _graph("SPLIT", [ints(1), _data(2, 3)], [2, 3], num_splits=1),
    "a pack of one": _graph("PACK", [_data(2, 3)], [2, 1, 3], values_count=1, axis=1),
    "an unpack of one": _graph("UNPACK", [_data(2, 1, 3)], [2, 3], num=1, axis=1),
    "a concatenation of one": _graph("CONCATENATION", [_data(2, 3)], [2, 3], axis=1),
    "blocks of one": _graph("SPACE_TO_DEPTH", [_data(1, 2, 3, 4)], [1, 2, 3, 4], block_size=1),
    "tiles of one": _graph("TILE", [_data(2, 3), ints([1, 1])], [2, 3]),
    "one row of blocks": _graph("DEPTH_TO_SPACE", [_data(1, 2, 1, 4)], [1, 4, 2, 1], block_size=2),
}
MOVING = {
    "the first rows": _graph("SLICE", [_data(2, 3), ints([0, 0]), ints([1, 3])], [1, 3]),
    "the last rows": _graph("SLICE", [_data(2, 3), ints([1, 0]), ints([1, 3])], [1, 3]),
    "backwards": _graph("STRIDED_SLICE", [_data(3), ints([2]), ints([-4]), ints([-1])], [3]),
    "a transposition": _graph("TRANSPOSE", [_data(2, 3), ints([1, 0])], [3, 2]),
    "twice": _graph("TILE", [_data(2, 3), ints([2, 1])], [4, 3]),
    "a row for all": _graph("BROADCAST_TO", [_data(1, 3), ints([2, 3])], [2, 3]),
    "a column of blocks": _graph("DEPTH_TO_SPACE", [_data(1, 1, 2, 4)], [1, 2, 4, 1], block_size=2),
}


def _assert_same_outputs(before: Graph, after: Graph, rng: np.random.Generator) -> None:
    inputs = {t.name: random_array(rng, t.shape) for t in before.input_tensors}
    old, new = evaluate(before, inputs), evaluate(after, inputs)
    assert before.outputs == after.outputs
    for name in before.outputs:
        np.testing.assert_array_equal(old[name], new[name])


@pytest.mark.parametrize("what", WHOLE)
def test_becomes_a_view(what: str, rng: np.random.Generator) -> None:
    after = view_copies(WHOLE[what])
    assert [node.op.name for node in after.nodes] == ["reshape"]
    _assert_same_outputs(WHOLE[what], after, rng)


@pytest.mark.parametrize("what", MOVING)
def test_stays_a_copy(what: str) -> None:
    assert view_copies(MOVING[what]) == MOVING[what]


def test_a_view_that_keeps_the_shape_goes_between_two_layers(rng: np.random.Generator) -> None:
    m = ModelBuilder()
    x, a, b, y = (m.tensor([1, 6], scale=0.1, name=name) for name in "xaby")
    begin, size = (m.tensor([2], "int32", data=data) for data in ([0, 0], [1, 6]))
    m.op("ADD", [x, x], [a])
    m.op("SLICE", [a, begin, size], [b])
    m.op("MUL", [b, x], [y])
    before = load_bytes(m.finish([x], [y]), "net")
    after = optimize(before)
    assert [node.op.name for node in after.nodes] == ["add", "mul"]
    _assert_same_outputs(before, after, rng)

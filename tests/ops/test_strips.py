"""Some rows of an operator are what its reference has there: every operator that can be computed row by row."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from support.graph_case import constant, one_node, tensor
from support.networks import NETWORKS
from support.operator_tests import core_cases
from support.proof import assert_same, random_array
from support.row_networks import random_row_network
from support.sequences import Stream

from edgeopt.ir import Array, Graph, evaluate
from edgeopt.load import load_bytes
from edgeopt.ops import OPS
from edgeopt.ops.binary.affine import Affine
from edgeopt.ops.binary.threshold import Threshold
from edgeopt.ops.binary.unpack import BinaryUnpack
from edgeopt.plan.stages import Stage, stages_of

# what must have strips; the others may
NEEDED = {"conv2d", "depthwise_conv2d", "average_pool_2d", "max_pool_2d", "add", "relu", "row_sums"}
NEEDED |= {"binary_conv2d", "binary_max_pool_2d", "binary_weight_conv2d", "threshold_s8", "affine_s16"}


def networks(rng: np.random.Generator) -> Iterator[tuple[Graph, Sequence[Array]]]:
    """Graphs, each with a sample."""
    for operator in OPS.names():
        for case in core_cases(operator, rng):
            if not isinstance(case, Stream):
                yield case.graph(), case.samples[0]
    for name, network in NETWORKS.items():
        graph = load_bytes(network(), name)
        yield graph, [random_array(rng, t.shape, t.dtype) for t in graph.input_tensors]
    for graph in binary_layers(rng):
        yield graph, [random_array(rng, t.shape, t.dtype) for t in graph.input_tensors]
    for _ in range(40):
        made = random_row_network(rng)
        yield made.network, made.samples[0]


def binary_layers(rng: np.random.Generator) -> Iterator[Graph]:
    """Elementwise operators of binarized networks on maps, which their own tests have as rows."""
    x, bits = tensor("x", (1, 6, 3, 5), "int8", (0.05, 2)), tensor("bits", (1, 6, 3, 1), "int32")
    thresholds = constant("thresholds", rng.integers(-128, 129, 5), "int16")
    yield one_node(Threshold(5), [x, thresholds], [bits])
    yield one_node(BinaryUnpack(5, 3, -2), [bits], [tensor("y", (1, 6, 3, 5), "int8", (0.05, 2))])
    wide = [tensor(name, (1, 5, 2, 4), "int16", (0.01, 0)) for name in "ab"]
    lines = [constant(name, rng.integers(-9, 9, 4), "int32") for name in ("multiplier", "bias")]
    yield one_node(Affine(2), [wide[0], *lines], wide[1:])


def test_rows_are_those_of_the_whole(rng: np.random.Generator) -> None:
    seen: set[str] = set()
    for graph, sample in networks(rng):
        values = evaluate(graph, dict(zip(graph.inputs, sample, strict=True)))
        for node in graph.nodes:
            for stage in stages_of(graph, node) or ():
                if stage.rows > 1:
                    seen.add(stage.node.op.name)
                check(stage, values, rng)
    assert seen >= NEEDED, NEEDED - seen


def check(stage: Stage, values: dict[str, Array], rng: np.random.Generator) -> None:
    """One strip of each height, somewhere; the value of a stage within a node is added to `values`."""
    inputs = [None if name is None else values[name] for name in stage.node.inputs]
    (whole,) = stage.node.op.reference(stage.io, inputs)
    wanted = values.setdefault(stage.output.name, whole)
    assert_same([whole], [wanted], f"{stage.node.op} differs from the whole")
    for count in range(1, stage.rows + 1):
        first = int(rng.integers(stage.rows - count + 1))
        op, io = stage.strip(first, first + count)
        cut = list(inputs)
        for position, index in enumerate(stage.reads):
            begin, end = stage.needs[first][position][0], stage.needs[first + count - 1][position][1]
            array = inputs[index]
            assert array is not None
            cut[index] = array if stage.rows == 1 or array.ndim < 4 else array[:, begin:end]
            assert cut[index].shape == io.input(index).shape
        assert op.infer(io) == (io.output.shape,)
        assert not op.broken_limits(io)
        (rows,) = op.reference(io, cut)
        if not stage.sums:
            expected = whole if stage.rows == 1 else whole[:, first : first + count]
            assert_same([rows], [expected], f"rows {first} to {first + count} of {stage.node.op}")


@pytest.mark.parametrize("operator", ["FULLY_CONNECTED", "SOFTMAX", "TRANSPOSE", "RESHAPE"])
def test_what_takes_no_rows(operator: str) -> None:
    assert OPS.get(operator).strip.__qualname__ == "Op.strip"

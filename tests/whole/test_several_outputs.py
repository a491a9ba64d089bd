"""Layers with several outputs: all of them are checked, planned and written, also those that nobody reads."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from support.host import run_on_host
from support.on_core import run_on_core
from support.oracle import run_tflm
from support.proof import assert_same, random_array, reference
from support.tflite_writer import ModelBuilder

from edgeopt.errors import ModelError, UnsupportedModel
from edgeopt.ir import Graph, Target, check_graph
from edgeopt.load import load_bytes
from edgeopt.optimize import optimize
from edgeopt.plan import plan

SCALE = 0.1
TWO = {"num_splits": 2}


def _network() -> bytes:
    """A split in three: one part unread, one an output that is read on; and an unpack whose first part is unread."""
    m = ModelBuilder()
    x = m.tensor((2, 12), scale=SCALE, name="x")
    parts = [m.tensor((2, 4), scale=SCALE, name=f"part{index}") for index in range(3)]
    rows = [m.tensor((4,), scale=SCALE, name=f"row{index}") for index in range(2)]
    total, y = (m.tensor((2, 4), scale=0.2, name=name) for name in ("sum", "y"))
    m.op("SPLIT", [m.tensor((), "int32", data=np.int32(1)), x], parts, {"num_splits": 3})
    m.op("ADD", [parts[0], parts[2]], [total])
    m.op("UNPACK", [parts[2]], rows, {"num": 2, "axis": 0})
    m.op("ADD", [total, rows[1]], [y])
    return m.finish([x], [y, parts[2]])


def _dead() -> bytes:
    """A split that nobody reads, and one of a constant."""
    m = ModelBuilder()
    x, y = (m.tensor((4,), scale=SCALE, name=name) for name in "xy")
    unread = [m.tensor((2,), scale=SCALE, name=f"unread{index}") for index in range(2)]
    known = [m.tensor((4,), scale=SCALE, name=f"known{index}") for index in range(2)]
    axis = m.tensor((), "int32", data=np.int32(0))
    m.op("SPLIT", [axis, x], unread, TWO)
    m.op("SPLIT", [axis, m.tensor((8,), scale=SCALE, data=np.arange(8))], known, TWO)
    m.op("ADD", [x, known[1]], [y])
    return m.finish([x], [y])


def _samples(graph: Graph, rng: np.random.Generator) -> Sequence[Sequence[np.ndarray]]:
    return [[random_array(rng, tensor.shape) for tensor in graph.input_tensors] for _ in range(3)]


@pytest.mark.parametrize("goal", ["latency", "ram"])
def test_all_outputs_have_their_bytes(goal: str, tmp_path: Path, rng: np.random.Generator) -> None:
    graph = optimize(load_bytes(_network(), "net"))
    samples = _samples(graph, rng)
    outputs = run_on_host([graph], [samples], tmp_path, target=Target(goal=goal))[0]
    for sample, output in zip(samples, outputs, strict=True):
        assert_same(output, reference(graph, sample), "C and numpy differ")
        assert_same(output, run_tflm(_network(), sample), "C and tflite-micro differ")


def test_all_outputs_have_their_bytes_on_a_core(tmp_path: Path, rng: np.random.Generator) -> None:
    graph = load_bytes(_network(), "net")
    samples = _samples(graph, rng)
    outputs, _ = run_on_core(graph, samples, "cortex-m0plus", tmp_path)
    for sample, output in zip(samples, outputs, strict=True):
        assert_same(output, reference(graph, sample), "C and numpy differ")


@pytest.mark.parametrize("goal", ["latency", "ram"])
def test_an_output_that_nobody_reads_has_memory_of_its_own(goal: str) -> None:
    made = plan(load_bytes(_network(), "net"), Target(goal=goal))
    ends = {name: at + made.graph.tensors[name].size_bytes for name, at in made.offsets.items()}
    # the rows lie in the part that they are unpacked from
    for names in (("x", "part0", "part1", "part2"), ("part2", "sum"), ("sum", "row0", "row1")):
        spots = sorted((made.offsets[name], ends[name]) for name in names)
        assert all(end <= start for (_, end), (start, _) in pairwise(spots)), names


def test_what_has_one_output_that_is_read_stays_and_what_has_none_goes() -> None:
    assert [node.op.name for node in optimize(load_bytes(_network(), "net")).nodes] == ["split", "add", "unpack", "add"]
    after = optimize(load_bytes(_dead(), "net"))
    assert [node.op.name for node in after.nodes] == ["add"]
    np.testing.assert_array_equal(after.tensors["known1"].values, [4, 5, 6, 7])
    assert "unread0" not in after.tensors and "known0" not in after.tensors


def test_an_output_that_is_constant_is_named() -> None:
    m = ModelBuilder()
    x, y, *known = (m.tensor((2,), scale=SCALE, name=name) for name in ("x", "y", "first", "second"))
    axis, data = m.tensor((), "int32", data=np.int32(0)), m.tensor((4,), scale=SCALE, data=np.arange(4))
    m.op("SPLIT", [axis, data], known, TWO)
    m.op("ADD", [x, known[0]], [y])
    with pytest.raises(UnsupportedModel, match="the output `second` is the same for every input"):
        optimize(load_bytes(m.finish([x], [y, known[1]]), "net"))


def test_no_tensor_is_written_twice_by_one_layer() -> None:
    graph = load_bytes(_network(), "net")
    split, *others = graph.nodes
    doubled = replace(split, outputs=("part0", "part0", "part2"))
    with pytest.raises(ModelError, match="tensor `part0` is written twice"):
        check_graph(replace(graph, nodes=(doubled, *others)))


def test_every_output_has_the_shape_that_follows() -> None:
    graph = load_bytes(_network(), "net")
    last = replace(graph.tensors["part2"], shape=(2, 5))
    with pytest.raises(ModelError, match=r"makes shape \[2, 4\], but `part2` says \[2, 5\]"):
        check_graph(replace(graph, tensors={**graph.tensors, "part2": last}))

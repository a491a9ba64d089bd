"""What would only be copied lies where it is to be from the start, and nothing is overwritten too soon."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from support.host import run_on_host
from support.proof import assert_same, random_array, reference
from support.tflite_writer import ModelBuilder

from edgeopt.ir import Graph, Target
from edgeopt.load import load_bytes
from edgeopt.plan import Plan, plan
from edgeopt.report.why import why

SCALE = 0.1


class Net:
    """Values of one scale, in rows; every operator but ADD gives as many bytes as it takes."""

    def __init__(self, *shape: int) -> None:
        self.m = ModelBuilder()
        self.x = self.value(*shape)

    def value(self, *shape: int) -> int:
        return self.m.tensor(shape, scale=SCALE, name=f"t{len(self.m._tensors)}")

    def unary(self, x: int, *shape: int, name: str = "LOGISTIC") -> int:
        y = self.m.tensor(shape, scale=1 / 256, zero_point=-128) if name == "LOGISTIC" else self.value(*shape)
        self.m.op(name, [x], [y], {"alpha": 0.3} if name == "LEAKY_RELU" else None)
        return y

    def leaky(self, x: int, *shape: int) -> int:
        return self.unary(x, *shape, name="LEAKY_RELU")

    def add(self, a: int, b: int, *shape: int) -> int:
        y = self.value(*shape)
        self.m.op("ADD", [a, b], [y])
        return y

    def concatenate(self, inputs: Sequence[int], *shape: int, axis: int = 1) -> int:
        y = self.value(*shape)
        self.m.op("CONCATENATION", inputs, [y], {"axis": axis})
        return y

    def split(self, x: int, count: int, *shape: int, axis: int = 1) -> list[int]:
        where = self.m.tensor([], "int32", data=np.array(axis))
        parts = [self.value(*shape) for _ in range(count)]
        self.m.op("SPLIT", [where, x], parts, {"num_splits": count})
        return parts

    def graph(self, *outputs: int) -> Graph:
        return load_bytes(self.m.finish([self.x], outputs), "net")


def copies(made: Plan) -> int:
    return sum(call.moves is not None for step in made.steps for call in step.calls)


def prove(graph: Graph, folder: Path, rng: np.random.Generator, goal: str = "latency") -> Plan:
    """Asserts that the C under sanitizers gives what the references give; its plan."""
    samples = [[random_array(rng, t.shape) for t in graph.input_tensors] for _ in range(3)]
    (found,) = run_on_host([graph], [samples], folder, target=Target(goal=goal))
    for sample, outputs in zip(samples, found, strict=True):
        assert_same(outputs, reference(graph, sample), f"{goal}: {graph}")
    return plan(graph, Target(goal=goal))


def test_parts_are_made_where_they_come_together(tmp_path: Path, rng: np.random.Generator) -> None:
    net = Net(1, 2, 8)
    parts = [net.leaky(net.x, 1, 2, 8), net.add(net.x, net.x, 1, 2, 8)]
    made = prove(net.graph(net.concatenate(parts, 1, 4, 8)), tmp_path, rng)
    assert copies(made) == 0
    assert made.arena_bytes == 16 + 32
    assert why(made, made.steps[-1]) == "what it would copy lies there from the start"


def test_parts_lie_where_they_are_split(tmp_path: Path, rng: np.random.Generator) -> None:
    net = Net(1, 4, 8)
    first, second = net.split(net.leaky(net.x, 1, 4, 8), 2, 1, 2, 8)
    made = prove(net.graph(net.leaky(first, 1, 2, 8), net.leaky(second, 1, 2, 8)), tmp_path, rng)
    assert copies(made) == 0


def test_a_view_of_a_part_lies_where_the_part_does(tmp_path: Path, rng: np.random.Generator) -> None:
    net = Net(1, 4, 8)
    _, second = net.split(net.leaky(net.x, 1, 4, 8), 2, 1, 2, 8)
    flat = net.value(1, 16)
    net.m.op("RESHAPE", [second, net.m.tensor([2], "int32", data=np.array([1, 16]))], [flat])
    made = prove(net.graph(net.leaky(flat, 1, 16)), tmp_path, rng)
    assert copies(made) == 0


def test_a_part_that_is_needed_later_is_copied(tmp_path: Path, rng: np.random.Generator) -> None:
    net = Net(1, 2, 8)
    a, b = net.leaky(net.x, 1, 2, 8), net.add(net.x, net.x, 1, 2, 8)
    both = net.concatenate([a, b], 1, 4, 8)
    made = prove(net.graph(net.leaky(both, 1, 4, 8), net.leaky(a, 1, 2, 8)), tmp_path, rng)
    assert copies(made) == 1


def test_the_same_part_twice_is_copied(tmp_path: Path, rng: np.random.Generator) -> None:
    net = Net(1, 2, 8)
    a = net.leaky(net.x, 1, 2, 8)
    made = prove(net.graph(net.concatenate([a, a], 1, 4, 8)), tmp_path, rng)
    assert copies(made) == 2


@pytest.mark.parametrize(("goal", "left"), [("latency", 1), ("ram", 0)])
def test_an_input_is_a_part_where_it_need_not_last(
    goal: str, left: int, tmp_path: Path, rng: np.random.Generator
) -> None:
    net = Net(1, 2, 8)
    a = net.leaky(net.x, 1, 2, 8)
    assert copies(prove(net.graph(net.concatenate([net.x, a], 1, 4, 8)), tmp_path, rng, goal)) == left


def test_parts_off_the_alignment_are_copied(tmp_path: Path, rng: np.random.Generator) -> None:
    net = Net(1, 1, 6)
    parts = [net.leaky(net.x, 1, 1, 6), net.add(net.x, net.x, 1, 1, 6)]
    made = prove(net.graph(net.concatenate(parts, 1, 2, 6)), tmp_path, rng)
    assert copies(made) == 1  # the first is there


def test_channels_are_copied(tmp_path: Path, rng: np.random.Generator) -> None:
    net = Net(1, 2, 8)
    parts = [net.leaky(net.x, 1, 2, 8), net.add(net.x, net.x, 1, 2, 8)]
    made = prove(net.graph(net.concatenate(parts, 1, 2, 16, axis=2)), tmp_path, rng)
    assert len(made.steps[-1].calls) == 2


def test_halves_that_change_places_are_copied(tmp_path: Path, rng: np.random.Generator) -> None:
    net = Net(1, 4, 8)
    first, second = net.split(net.leaky(net.x, 1, 4, 8), 2, 1, 2, 8)
    made = prove(net.graph(net.concatenate([second, first], 1, 4, 8)), tmp_path, rng)
    assert copies(made) == 2


def test_a_pad_is_filled_before_what_it_surrounds(tmp_path: Path, rng: np.random.Generator) -> None:
    net = Net(1, 2, 8)
    a = net.leaky(net.x, 1, 2, 8)
    amounts = net.m.tensor([3, 2], "int32", data=np.array([[0, 0], [1, 1], [0, 0]]))
    y = net.value(1, 4, 8)
    net.m.op("PAD", [a, amounts], [y])
    prove(net.graph(y), tmp_path, rng)


def random_network(rng: np.random.Generator) -> Graph:
    """Rows that are split, changed in place, added, and put together again; some are outputs too."""
    net = Net(1, 4, int(rng.choice([6, 8])))
    width = net.m._tensors[net.x].shape[2]
    values = [(net.x, 4)]  # with their rows
    for _ in range(int(rng.integers(3, 10))):
        value, rows = values[int(rng.integers(len(values)))]
        kind = int(rng.integers(5))
        if kind == 0 and rows % 2 == 0:
            values += [(part, rows // 2) for part in net.split(value, 2, 1, rows // 2, width)]
        elif kind == 1 and rows <= 8:
            other, more = values[int(rng.integers(len(values)))]
            values.append((net.concatenate([value, other], 1, rows + more, width), rows + more))
        elif kind == 2:
            alike = [one for one, extent in values if extent == rows]
            values.append((net.add(value, alike[int(rng.integers(len(alike)))], 1, rows, width), rows))
        else:
            values.append((net.leaky(value, 1, rows, width), rows))
    made = [value for value, _ in values[1:]]
    picked = {made[-1], *(value for value in made if rng.random() < 0.2)}
    return net.graph(*sorted(picked))


@pytest.mark.parametrize("goal", ["latency", "ram"])
def test_random_networks(goal: str, tmp_path: Path, rng: np.random.Generator) -> None:
    graphs = [random_network(rng) for _ in range(40)]
    samples = [[[random_array(rng, t.shape) for t in graph.input_tensors] for _ in range(2)] for graph in graphs]
    found = run_on_host(graphs, samples, tmp_path, target=Target(goal=goal))
    for graph, inputs, outputs in zip(graphs, samples, found, strict=True):
        for sample, results in zip(inputs, outputs, strict=True):
            assert_same(results, reference(graph, sample), f"{goal}: {graph}")
    assert sum(copies(plan(graph, Target(goal=goal))) == 0 for graph in graphs) > 5

"""ASSIGN_VARIABLE: a node without outputs, whose value lasts; its sequences are proven in test_read_variable."""

from pathlib import Path

import numpy as np
from support.proof import Value
from support.sequences import Stream, add_initialization, prove_streams, random_stream, variable
from support.streaming import read_after_assign, window
from support.tflite_writer import ModelBuilder

from edgeopt.ir import Graph, Target, check_graph, evaluate_in_order
from edgeopt.load import load_bytes
from edgeopt.optimize import optimize
from edgeopt.plan import format_plan, plan


def core_cases(rng: np.random.Generator) -> list[Stream]:
    return [random_stream(window(initial=9), rng)]


def toggling() -> bytes:
    """The output is the variable, which a constant replaces in the first inference."""
    m = ModelBuilder()
    m.op("CALL_ONCE", [], [], {"init_subgraph_index": 1})
    x, old, y = (m.tensor([1, 2], "int8", 0.1) for _ in range(3))
    constant = m.tensor([1, 2], "int8", 0.1, data=np.array([[5, 6]]))
    handle = variable(m, "v")
    m.op("READ_VARIABLE", [handle], [old])
    m.op("ASSIGN_VARIABLE", [handle, constant], [])
    m.op("MAXIMUM", [x, old], [y])
    first = Value((1, 2), (0.1, 0), data=np.array([[-1, 100]]))
    return m.finish([x], [y], lambda model: add_initialization(model, {"v": first}))


def test_a_constant_is_assigned_in_every_inference(tmp_path: Path, rng: np.random.Generator) -> None:
    prove_streams([random_stream(toggling(), rng, 4)], tmp_path)
    lowest = [[np.full((1, 2), -128, np.int8)]] * 3
    outputs = [output.tolist() for (output,) in evaluate_in_order(load_bytes(toggling(), "m"), lowest)]
    assert outputs == [[[-1, 100]], [[5, 6]], [[5, 6]]]


def test_no_pass_drops_what_writes_state(rng: np.random.Generator) -> None:
    for model in (window(), read_after_assign(), toggling()):
        stream = random_stream(model, rng)
        before, after = stream.graph(), check_graph(optimize(stream.graph()))
        assert _assignments(before) == _assignments(after) == 1
        for old, new in zip(
            evaluate_in_order(before, stream.samples), evaluate_in_order(after, stream.samples), strict=True
        ):
            for a, b in zip(old, new, strict=True):
                np.testing.assert_array_equal(a, b)


def _assignments(graph: Graph) -> int:
    return sum(node.op.name == "assign_variable" for node in graph.nodes)


def test_state_has_memory_of_its_own_in_every_step() -> None:
    made = plan(load_bytes(window(), "m"), Target(goal="ram"))
    start, size = made.offsets["past"], 12
    for name, offset in made.offsets.items():
        tensor = made.graph.tensors[name]
        assert name == "past" or offset + tensor.size_bytes <= start or start + size <= offset
    text = format_plan(made)
    assert f"  state %past@{start}, 12 B" in text
    assert "  eo_copy(%past@" in text and " = eo_copy(%past@" in text

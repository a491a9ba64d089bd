"""READ_VARIABLE: state in variables over sequences, first values as tflite-micro has them, and what is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.sequences import Stream, prove_streams, random_stream, variable
from support.streaming import QUANT, read_after_assign, window
from support.tflite_writer import ModelBuilder, schema

from edgeopt.errors import MalformedModel, ModelError, UnsupportedModel
from edgeopt.load import load_bytes


def core_cases(rng: np.random.Generator) -> list[Stream]:
    return [random_stream(window(), rng), random_stream(read_after_assign(), rng)]


def test_variables_equal_tflm(tmp_path: Path, rng: np.random.Generator) -> None:
    firsts = rng.integers(-128, 128, (1, 3, 4))
    models = [window(), window(past=1, channels=1), window(initial=firsts), window(initial=9), read_after_assign()]
    prove_streams([random_stream(model, rng) for model in models], tmp_path)


def test_what_is_never_assigned_first_begins_with_zero_points() -> None:
    (state,) = load_bytes(window(), "m").state_tensors
    assert state.initial is not None and np.unique(state.initial).tolist() == [QUANT[1]]
    assert (state.name, state.shape, state.dtype) == ("past", (1, 3, 4), "int8")


def test_call_once_gives_the_first_values(rng: np.random.Generator) -> None:
    firsts = rng.integers(-128, 128, (1, 3, 4))
    graph = load_bytes(window(initial=firsts), "m")
    (state,) = graph.state_tensors
    np.testing.assert_array_equal(state.initial, firsts)
    assert [node.op.name for node in graph.nodes] == ["read_variable", "concatenation", "slice", "assign_variable"]
    assert all(tensor.dtype != "resource" for tensor in graph.tensors.values())


def _other_shape(model: Any) -> None:
    model.subgraphs[1].tensors[1].shape = [1, 12]


def _no_such_subgraph(model: Any) -> None:
    model.subgraphs[0].operators[0].builtinOptions.initSubgraphIndex = 7


def _one_more_subgraph(model: Any) -> None:
    model.subgraphs.append(schema.SubGraphT())


def _called_late(model: Any) -> None:
    model.subgraphs[0].operators.append(model.subgraphs[0].operators.pop(0))


def _computed(model: Any) -> None:
    model.subgraphs[1].tensors[1].buffer = 0


def _other_operator(model: Any) -> None:
    concatenation = schema.OperatorT()
    concatenation.opcodeIndex = model.subgraphs[0].operators[3].opcodeIndex
    concatenation.inputs, concatenation.outputs = [1], [0]
    model.subgraphs[1].operators.append(concatenation)


def _no_handle(model: Any) -> None:
    del model.subgraphs[0].operators[1]


def _two_inputs(model: Any) -> None:
    model.subgraphs[0].operators[2].inputs = [1, 0]


def _other_container(model: Any) -> None:
    """The handle once more, with the same name in a container."""
    first, handle = model.subgraphs[0].operators[1], schema.OperatorT()
    handle.opcodeIndex, handle.inputs, handle.outputs = first.opcodeIndex, [], [1]
    handle.builtinOptionsType, handle.builtinOptions = first.builtinOptionsType, schema.VarHandleOptionsT()
    handle.builtinOptions.container, handle.builtinOptions.sharedName = "c", "past"
    model.subgraphs[0].operators.insert(1, handle)


@pytest.mark.parametrize(
    ("edit", "error", "message"),
    [
        (_other_shape, UnsupportedModel, r"`past` is int8 \[1, 12\] and int8 \[1, 3, 4\]"),
        (_no_such_subgraph, MalformedModel, "calls subgraph 7, which is not there"),
        (_one_more_subgraph, UnsupportedModel, "the model has 3 subgraphs; one is possible"),
        (_called_late, UnsupportedModel, "CALL_ONCE comes after a variable is used"),
        (_computed, UnsupportedModel, "`past` begins with a value that is computed"),
        (_other_operator, UnsupportedModel, "the initialisation of variables has CONCATENATION"),
        (_no_handle, MalformedModel, "READ_VARIABLE of `handle/past`, which no VAR_HANDLE makes"),
        (_two_inputs, MalformedModel, "READ_VARIABLE has 2 inputs and 1 outputs"),
        (_other_container, UnsupportedModel, "two containers have a variable `past`"),
    ],
)
def test_variables_that_cannot_be(edit: Callable[[Any], None], error: type[ModelError], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        load_bytes(window(initial=3, edit=edit), "m")
    assert "\n" not in caught.value.message and caught.value.hint


def test_a_variable_without_a_value_names_the_way_out() -> None:
    """What a converter leaves of weights that it did not freeze."""
    m = ModelBuilder()
    y = m.tensor([1, 4], "int8", 0.1)
    m.op("READ_VARIABLE", [variable(m, "dense/kernel")], [y])
    with pytest.raises(UnsupportedModel, match="`dense/kernel` is never assigned") as caught:
        load_bytes(m.finish([], [y]), "m")
    assert "weights as constants" in caught.value.hint

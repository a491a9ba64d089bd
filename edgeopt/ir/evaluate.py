"""One inference by the operators' references: the definition that all C must equal."""

from collections.abc import Iterable, Mapping, Sequence

from edgeopt.ir.graph import Graph
from edgeopt.ir.tensor import Array


def evaluate(graph: Graph, inputs: Mapping[str, Array], state: Mapping[str, Array] | None = None) -> dict[str, Array]:
    """Every tensor's value for one inference by the operators' references; inputs by tensor name.

    State begins as `state`, which may be the result of the inference before, or with its initial values; the result has
    the values that the inference leaves.
    """
    values: dict[str, Array] = {name: t.data for name, t in graph.tensors.items() if t.data is not None}
    for tensor in graph.state_tensors:
        assert tensor.initial is not None
        values[tensor.name] = tensor.initial if state is None else state[tensor.name]
    values |= inputs
    for node in graph.nodes:
        io = graph.io(node)
        results = node.op.reference(io, [None if name is None else values[name] for name in node.inputs])
        written = (*node.outputs, *(str(node.inputs[index]) for index in node.op.states(io)))
        values |= dict(zip(written, results, strict=True))
    return values


def evaluate_in_order(graph: Graph, samples: Iterable[Sequence[Array]], anew: bool = False) -> list[tuple[Array, ...]]:
    """The outputs for each sample (one array an input).

    Each begins with the state that the one before has left; `anew`: with the first state.
    """
    outputs = []
    values: dict[str, Array] | None = None
    for sample in samples:
        values = evaluate(graph, dict(zip(graph.inputs, sample, strict=True)), None if anew else values)
        outputs.append(tuple(values[name] for name in graph.outputs))
    return outputs

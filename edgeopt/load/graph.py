"""The Graph of a .tflite, or one error that names all that edgeopt cannot do with it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from edgeopt.errors import MalformedModel, ModelError, UnsupportedModel
from edgeopt.ir import Graph, Io, Node, check_graph
from edgeopt.load.flatbuffer import AGAIN, Reader, Record
from edgeopt.load.names import layer_names
from edgeopt.load.operators import Operator, read_operators
from edgeopt.load.schema import SCHEMA
from edgeopt.load.support import LIMITS, Layer, float_layers, unknown_operators
from edgeopt.load.tensors import Tensors, check_static
from edgeopt.ops import OPS


def build(data: bytes, name: str) -> Graph:
    """The graph in `data`, checked. Raises MalformedModel or UnsupportedModel."""
    if data[4:8] != b"TFL3":
        raise MalformedModel("this is no .tflite file", "other kinds of models become one with edgeopt convert")
    reader = Reader(data, SCHEMA)
    model = reader.root("Model")
    subgraph = _only_subgraph(model)
    records = subgraph["tensors"] or []
    tensors = Tensors(reader, records, model["buffers"] or [])
    operators = read_operators(reader, subgraph["operators"] or [], model["operator_codes"] or [])
    inputs, outputs = (_interface(subgraph[key], tensors) for key in ("inputs", "outputs"))
    for index in inputs:
        check_static(tensors.name(index), records[index])
    layers, nodes = _supported(_named(operators, tensors), tensors)
    used = {tensor.name: tensor for layer in layers for tensor in layer.tensors}
    used |= {tensors[index].name: tensors[index] for index in (*inputs, *outputs)}
    graph = Graph(name, used, nodes, tuple(map(tensors.name, inputs)), tuple(map(tensors.name, outputs)))
    _check_interface(graph)
    return check_graph(graph)


def _only_subgraph(model: Record) -> Record:
    subgraphs: Sequence[Record] = model["subgraphs"] or []
    if not subgraphs:
        raise MalformedModel("the file has no graph", AGAIN)
    if len(subgraphs) > 1:
        hint = "convert a single signature, without control flow (if, while) and without variables"
        raise UnsupportedModel(f"the model has {len(subgraphs)} subgraphs; one is possible", hint)
    return subgraphs[0]


def _interface(indices: Sequence[int] | None, tensors: Tensors) -> tuple[int, ...]:
    """Indices of the model's inputs or outputs, each of which is there."""
    checked = tuple(int(index) for index in (() if indices is None else indices))
    for index in checked:
        tensors.name(index)
    return checked


def _check_interface(graph: Graph) -> None:
    """Inputs and outputs are different tensors, each once, and layers compute the outputs."""
    if not graph.outputs:
        raise UnsupportedModel("the model has no output", "name its outputs when you convert it")
    for names, what in ((graph.inputs, "input"), (graph.outputs, "output")):
        for name, count in Counter(names).items():
            if count > 1:
                raise UnsupportedModel(f"`{name}` is an {what} twice", f"convert the model with each {what} once")
            if graph.tensors[name].is_constant:
                raise UnsupportedModel(f"the {what} `{name}` is constant", f"convert the model without that {what}")
    for name in {*graph.inputs} & {*graph.outputs}:
        hint = "convert the model without that output"
        raise UnsupportedModel(f"the output `{name}` is an input: no layer computes it", hint)


def _named(operators: Sequence[Operator], tensors: Tensors) -> dict[str, Operator]:
    """The operators by their layers' names, in order."""
    names = layer_names((tensors.name(operator.outputs[0]), operator.name) for operator in operators)
    return dict(zip(names, operators, strict=True))


def _supported(operators: dict[str, Operator], tensors: Tensors) -> tuple[list[Layer], tuple[Node, ...]]:
    """The layers, and their nodes. Raises UnsupportedModel with everything that stands in the way."""
    layers, bad_tensors = _layers(operators, tensors)
    in_float = list(float_layers(layers))
    # A float layer breaks limits by the dozen, and all for one reason
    nodes, broken = ((), []) if in_float else _nodes([layer for layer in layers if layer.operator in OPS])
    unknown = unknown_operators({name: operator.name for name, operator in operators.items()})
    errors = [*in_float, *unknown, *bad_tensors, *broken]
    if errors:
        raise UnsupportedModel("; ".join(error.message for error in errors), errors[0].hint)
    return layers, nodes


def _layers(operators: dict[str, Operator], tensors: Tensors) -> tuple[list[Layer], list[UnsupportedModel]]:
    """The operators with their tensors, and what is wrong with those whose tensors edgeopt does not do."""
    layers, errors = [], []
    for name, operator in operators.items():
        try:
            inputs = tuple(None if index == -1 else tensors[index] for index in operator.inputs)
            outputs = tuple(tensors[index] for index in operator.outputs)
            layers.append(Layer(name, operator.name, operator.options, Io(inputs, outputs)))
        except UnsupportedModel as error:
            errors.append(UnsupportedModel(f"layer `{name}`: {error.message}", error.hint))
    return layers, errors


def _nodes(layers: Sequence[Layer]) -> tuple[tuple[Node, ...], list[UnsupportedModel]]:
    """The layers as nodes, and what stands in the way of those that edgeopt's operators refuse."""
    nodes, errors = [], []
    for layer in layers:
        with _contradiction(layer.name):
            try:
                nodes.append(_node(layer))
            except UnsupportedModel as error:
                errors.append(error)
    return tuple(nodes), errors


def _node(layer: Layer) -> Node:
    try:
        op = OPS.get(layer.operator).parse(layer.options, layer.io)
        broken = op.broken_limits(layer.io)
    except ModelError as error:
        raise type(error)(f"layer `{layer.name}`: {error.message}", error.hint) from error
    if broken:
        sentences = "; ".join(f"layer `{layer.name}`: {op.name} needs that {sentence}" for sentence in broken)
        raise UnsupportedModel(sentences, LIMITS)
    if len(op.infer(layer.io)) != len(layer.io.outputs):
        raise MalformedModel(f"layer `{layer.name}`: {op.name} has {len(layer.io.outputs)} outputs", AGAIN)
    inputs = tuple(None if tensor is None else tensor.name for tensor in layer.io.inputs)
    return Node(layer.name, op, inputs, tuple(tensor.name for tensor in layer.io.outputs))


@contextmanager
def _contradiction(layer: str) -> Iterator[None]:
    """Tensors that contradict each other (a rank too small, a constant of another length) fail in an operator's
    arithmetic before a limit can say so; the file is to blame, not the operator."""
    try:
        yield
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise MalformedModel(
            f"layer `{layer}`: its tensors and options contradict each other: {error}", AGAIN
        ) from error

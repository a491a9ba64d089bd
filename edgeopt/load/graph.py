"""The Graph of a .tflite, or one error that names all that edgeopt cannot do with it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from edgeopt.errors import MalformedModel, ModelError, UnsupportedModel
from edgeopt.ir import Graph, Io, Layer, Node, Op, Quant, Tensor, check_graph
from edgeopt.larq import Network, lower
from edgeopt.load.options import read_options
from edgeopt.load.support import broken_limits, float_layers, unknown_operators
from edgeopt.load.tensors import Tensors, check_static
from edgeopt.load.variables import NOT_ITS_OWN, WITHOUT_CODE, variables
from edgeopt.ops import OPS
from edgeopt.schema import AGAIN, ModelFile, Operator, Ranges, read_model, read_ranges


def build(data: bytes, name: str, allow_float: bool = False) -> Graph:
    """The graph in `data`, checked; a float model only if `allow_float`. Raises MalformedModel or UnsupportedModel."""
    file = read_model(data)
    tensors = Tensors(file)
    for index in file.inputs:
        check_static(file.names[index], file.tensors[index])
    if file.is_binarized:
        return _binarized(file, tensors, name)
    layers, nodes = _supported(file, tensors, allow_float)
    used = {tensor.name: tensor for layer in layers for tensor in layer.tensors}
    used |= {tensors[index].name: tensors[index] for index in (*file.inputs, *file.outputs)}
    inputs, outputs = (tuple(file.names[index] for index in indices) for indices in (file.inputs, file.outputs))
    graph = Graph(name, used, nodes, inputs, outputs)
    _check_interface(graph)
    return check_graph(graph)


def _binarized(file: ModelFile, tensors: Tensors, name: str) -> Graph:
    """The integer graph of a file of the Larq Compute Engine."""
    layers, bad_tensors = _layers(file, _operators(file), tensors)
    if bad_tensors:
        raise _joined(bad_tensors)
    inputs, outputs = (tuple(tensors[index] for index in indices) for indices in (file.inputs, file.outputs))
    _check_interface(Graph(name, {t.name: t for t in (*inputs, *outputs)}, (), _names(inputs), _names(outputs)))
    found = read_ranges(file) or Ranges({}, {})
    ranges = {file.names[index]: span for index, span in found.ranges.items()}
    quants = {file.names[index]: Quant((scale,), (point,)) for index, (scale, point) in found.inputs.items()}
    graph = lower(name, Network(layers, inputs, outputs, ranges, quants))
    _check_interface(graph)
    return check_graph(graph)


def _names(tensors: Sequence[Tensor]) -> tuple[str, ...]:
    return tuple(tensor.name for tensor in tensors)


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


def _supported(file: ModelFile, tensors: Tensors, allow_float: bool) -> tuple[list[Layer], tuple[Node, ...]]:
    """The layers, and their nodes. Raises UnsupportedModel with everything that stands in the way."""
    operators = _operators(file)
    layers, bad_tensors = _layers(file, operators, tensors)
    in_float = list(float_layers(layers, allow_float))
    # A float layer breaks limits by the dozen, and all for one reason
    nodes, broken = ((), []) if in_float else _nodes([layer for layer in layers if layer.operator in OPS])
    unknown = unknown_operators({name: operator.name for name, operator in operators.items()})
    errors = [*in_float, *unknown, *bad_tensors, *broken]
    if errors:
        raise _joined(errors)
    return layers, nodes


def _operators(file: ModelFile) -> dict[str, Operator]:
    """Those that compute, by layer name."""
    named = zip(file.layer_names, file.operators, strict=True)
    return {name: operator for name, operator in named if operator.name not in WITHOUT_CODE}


def _joined(errors: Sequence[UnsupportedModel]) -> UnsupportedModel:
    """All of them as one."""
    return UnsupportedModel("; ".join(error.message for error in errors), errors[0].hint)


def _layers(
    file: ModelFile, operators: dict[str, Operator], tensors: Tensors
) -> tuple[list[Layer], list[UnsupportedModel]]:
    """The operators with their tensors, and what is wrong with those whose tensors edgeopt does not do."""
    layers, errors = [], []
    states = variables(file, tensors)
    for name, operator in operators.items():
        options = read_options(file.reader, operator)
        try:
            inputs = tuple(None if index == -1 else states.get(index) or tensors[index] for index in operator.inputs)
            outputs = tuple(tensors[index] for index in operator.outputs)
            layers.append(Layer(name, operator.name, options, Io(inputs, outputs)))
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
        form = OPS.choose(layer.operator, layer.io)
        _check_arity(layer, form)
        op = form.parse(layer.options, layer.io)
        broken = op.broken_limits(layer.io)
    except ModelError as error:
        raise type(error)(f"layer `{layer.name}`: {error.message}", error.hint) from error
    if broken:
        raise broken_limits(layer, op.name, broken)
    known = op.states(layer.io)
    for index, tensor in enumerate(layer.io.inputs):
        if tensor is not None and tensor.is_state and index not in known and layer.operator != "READ_VARIABLE":
            raise UnsupportedModel(f"layer `{layer.name}` reads the variable `{tensor.name}`", NOT_ITS_OWN)
    if len(op.infer(layer.io)) != len(layer.io.outputs):
        raise MalformedModel(f"layer `{layer.name}`: {op.name} has {len(layer.io.outputs)} outputs", AGAIN)
    inputs = tuple(None if tensor is None else tensor.name for tensor in layer.io.inputs)
    return Node(layer.name, op, inputs, tuple(tensor.name for tensor in layer.io.outputs))


def _check_arity(layer: Layer, form: type[Op]) -> None:
    fewest, most = form.arity
    if not fewest <= len(layer.io.inputs) <= most:
        raise MalformedModel(f"{form.name} has {len(layer.io.inputs)} inputs", AGAIN)


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

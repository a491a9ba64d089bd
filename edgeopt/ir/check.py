"""Whether a graph is sound."""

from edgeopt.errors import ModelError, UnsupportedModel
from edgeopt.ir.graph import Graph, Node


def check_graph(graph: Graph) -> Graph:
    """The graph itself if it is sound: names resolve, order is executable, shapes follow, limits hold.

    Raises UnsupportedModel that names every broken limit, ModelError for a graph that contradicts itself.
    """
    known = {name for name, tensor in graph.tensors.items() if tensor.is_constant or tensor.is_state}
    ready = known | set(graph.inputs)
    broken: list[str] = []
    for node in graph.nodes:
        for name in node.inputs:
            if name is not None and name not in ready:
                raise ModelError(f"layer `{node.name}` reads `{name}` before anything writes it")
        for name in node.outputs:
            if name in ready:
                raise ModelError(f"tensor `{name}` is written twice, the second time by layer `{node.name}`")
            ready.add(name)
        if node.op.is_view and any(name is not None and graph.tensors[name].is_state for name in node.inputs[:1]):
            raise ModelError(f"layer `{node.name}` is a view of state, which may change under it")
        limits = node.op.broken_limits(graph.io(node))
        broken += [f"layer `{node.name}`: {node.op.name} needs that {sentence}" for sentence in limits]
        if not limits:
            _check_shapes(graph, node)
    if broken:
        raise UnsupportedModel("; ".join(broken), "see docs/supported_ops.md for what each operator can do")
    for name in (*graph.inputs, *graph.outputs):
        if graph.tensors[name].is_state:
            raise ModelError(f"the state `{name}` is an input or output of the model")
    for name in graph.outputs:
        if name not in ready:
            raise ModelError(f"nothing writes the output `{name}`")
    return graph


def _check_shapes(graph: Graph, node: Node) -> None:
    io = graph.io(node)
    for tensor, shape in zip(io.outputs, node.op.infer(io), strict=True):
        if tensor.shape != shape:
            raise ModelError(
                f"layer `{node.name}` makes shape {list(shape)}, but `{tensor.name}` says {list(tensor.shape)}"
            )

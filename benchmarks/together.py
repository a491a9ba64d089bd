"""Layers of networks as graphs of their own, and small graphs as one: what is measured runs once, and no more often."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from edgeopt.costs import data_bytes
from edgeopt.ir import Graph, Io, Node, Op, Target, Tensor, check_graph
from edgeopt.ops.ways import offers

_MOST_BYTES = 60_000  # of the tensors of a graph, constants apart, so that it fits the M0+'s RAM
_MOST_MACS = 150_000  # of a layer: of a longer one the first rows say as much
_ROWS = 4  # taken together, as Winograd's tiles have so many


def layers_of(graphs: Iterable[Graph]) -> Iterator[Graph]:
    """Each layer of the graphs by itself, the same only once; of long ones so many rows of output as are enough."""
    seen: set[tuple[object, ...]] = set()
    for graph in graphs:
        if graph.state_tensors:
            yield graph
            continue
        for node in graph.nodes:
            op, io = _cut(node, graph.io(node))
            key = (repr(op), _calls(op, io), *((None if t is None else (t.shape, t.dtype)) for t in io.inputs))
            if key not in seen:
                seen.add(key)
                yield _alone(replace(node, op=op), io)


def together(graphs: Iterable[Graph]) -> Iterator[Graph]:
    """The graphs, those that are small joined; nodes stay in the order of the graphs."""
    batch: list[Graph] = []
    for graph in graphs:
        if graph.state_tensors or _data_bytes(graph) > _MOST_BYTES:
            yield graph
            continue
        if sum(map(_data_bytes, [*batch, graph])) > _MOST_BYTES:
            yield _one(batch)
            batch = []
        batch.append(graph)
    if batch:
        yield _one(batch)


def _calls(op: Op, io: Io) -> tuple[tuple[str, int], ...]:
    """Kernels and constants of every way: which they are depends on more than shapes."""
    ways = offers(op, io, Target("cortex-m4f")).ways
    return tuple((call.kernel, data_bytes([call], io)) for way in ways for call in way.calls)


def _cut(node: Node, io: Io) -> tuple[Op, Io]:
    """The operator on some rows, where all of them take long, and its tensors."""
    macs, shape = node.op.macs(io), io.output.shape
    if macs <= _MOST_MACS or len(shape) != 4:
        return node.op, io
    rows = max(_ROWS, shape[1] * _MOST_MACS // macs // _ROWS * _ROWS)
    strip = node.op.strip(io, 0, rows) if rows < shape[1] else None
    return (node.op, io) if strip is None else (strip.op, strip.io(io, rows))


def _alone(node: Node, io: Io) -> Graph:
    tensors = {tensor.name: tensor for tensor in (*io.inputs, *io.outputs) if tensor is not None}
    fed = [tensor.name for tensor in io.inputs if tensor is not None and not tensor.is_constant]
    return check_graph(Graph(node.name, tensors, (node,), tuple(dict.fromkeys(fed)), node.outputs))


def _data_bytes(graph: Graph) -> int:
    return sum(tensor.size_bytes for tensor in graph.tensors.values() if not tensor.is_constant)


def _one(graphs: Sequence[Graph]) -> Graph:
    tensors: dict[str, Tensor] = {}
    nodes, inputs, outputs = list[Node](), list[str](), list[str]()
    for index, graph in enumerate(graphs):
        names = {name: f"g{index}_{name}" for name in graph.tensors}
        tensors |= {names[name]: replace(tensor, name=names[name]) for name, tensor in graph.tensors.items()}
        for node in graph.nodes:
            read = tuple(None if name is None else names[name] for name in node.inputs)
            nodes.append(Node(f"g{index}_{node.name}", node.op, read, tuple(names[name] for name in node.outputs)))
        inputs += [names[name] for name in graph.inputs]
        outputs += [names[name] for name in graph.outputs]
    return check_graph(Graph("several", tensors, tuple(nodes), tuple(inputs), tuple(outputs)))

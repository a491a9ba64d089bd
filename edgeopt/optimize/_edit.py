"""The few edits that the passes share."""

from collections.abc import Sequence
from dataclasses import replace

from edgeopt.ir import Graph, Node


def rename_reads(nodes: Sequence[Node], old: str, new: str) -> list[Node]:
    """The nodes reading `new` wherever they read `old`."""
    return [replace(node, inputs=tuple(new if name == old else name for name in node.inputs)) for node in nodes]


def bypass(graph: Graph, node: Node) -> Graph | None:
    """The graph without `node`, whose first output is its first input; None where both must keep their names.

    A graph output keeps its name: then the tensor before takes it over.
    """
    source, result = str(node.inputs[0]), node.outputs[0]
    others = [other for other in graph.nodes if other is not node]
    if result not in graph.outputs:
        return graph.with_nodes(rename_reads(others, result, source))
    if source in graph.inputs or source in graph.outputs or graph.tensors[source].is_constant:
        return None
    others = [
        replace(other, outputs=tuple(result if name == source else name for name in other.outputs)) for other in others
    ]
    return graph.with_nodes(rename_reads(others, source, result))


def replace_node(graph: Graph, old: Node, new: Node) -> Graph:
    return graph.with_nodes([new if node is old else node for node in graph.nodes])


def only_reader(graph: Graph, name: str) -> bool:
    """Whether one node reads the tensor and the caller does not see it."""
    return len(graph.consumers(name)) == 1 and name not in graph.outputs and name not in graph.inputs

"""Copies that move nothing become views: a slice of everything, a transposition of extents of 1, a split into one."""

from dataclasses import replace

from edgeopt.ir import Graph, Node
from edgeopt.ops._copy import Move
from edgeopt.ops.reshape import Reshape
from edgeopt.optimize import PASSES
from edgeopt.optimize._edit import replace_node


@PASSES.register("view_copies")
def view_copies(graph: Graph) -> Graph:
    for node in graph.nodes:
        source = _whole_source(graph, node)
        if source is not None:
            view = replace(node, op=Reshape(graph.io(node).output.shape), inputs=(source,))
            return view_copies(replace_node(graph, node, view))
    return graph


def _whole_source(graph: Graph, node: Node) -> str | None:
    """The tensor whose bytes are the node's only output, if they are; not what may change under a view or is in ROM."""
    if not isinstance(node.op, Move) or len(node.outputs) != 1:
        return None
    io = graph.io(node)
    copies = node.op.copies(io)
    if len(copies) != 1 or not copies[0].is_dense:
        return None
    source = io.input(copies[0].source)
    fixed = source.is_constant or source.is_state
    return None if fixed or source.elements != io.output.elements else source.name

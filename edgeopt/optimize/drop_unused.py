"""Drops nodes whose outputs nobody reads; what writes state stays, as a later inference may read it."""

from edgeopt.ir import Graph
from edgeopt.optimize import PASSES


@PASSES.register("drop_unused")
def drop_unused(graph: Graph) -> Graph:
    wanted = set(graph.outputs)
    kept = []
    for node in reversed(graph.nodes):
        if wanted.intersection(node.outputs) or node.op.states(graph.io(node)):
            kept.append(node)
            wanted.update(name for name in node.inputs if name is not None)
    return graph if len(kept) == len(graph.nodes) else graph.with_nodes(kept[::-1])

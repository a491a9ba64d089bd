"""Drops what changes nothing: views that keep the shape, elementwise operators whose table is the identity."""

import numpy as np

from edgeopt.ir import Graph, Node
from edgeopt.optimize import PASSES
from edgeopt.optimize._edit import bypass

_IDENTITY = np.arange(-128, 128)


@PASSES.register("drop_noops")
def drop_noops(graph: Graph) -> Graph:
    for node in graph.nodes:
        if _changes_nothing(graph, node):
            shorter = bypass(graph, node)
            if shorter is not None:
                return drop_noops(shorter)
    return graph


def _changes_nothing(graph: Graph, node: Node) -> bool:
    io = graph.io(node)
    if not node.outputs:
        return False
    before, after = io.input(0), io.output
    # same numbers under another scale are another value to whoever reads them next
    if (before.shape, before.dtype, before.quant) != (after.shape, after.dtype, after.quant):
        return False
    table = node.op.table(io)
    return node.op.is_view or (table is not None and np.array_equal(table, _IDENTITY))

"""Folds an activation that only clamps into the operator before it.

Whether it only clamps is read off its table of all 256 inputs, so the fold is exact for whatever operator it is.
"""

from dataclasses import replace

import numpy as np

from edgeopt.ir import Graph, Node
from edgeopt.optimize import PASSES
from edgeopt.optimize._edit import bypass, only_reader, replace_node

_INPUTS = np.arange(-128, 128)


@PASSES.register("fold_activation")
def fold_activation(graph: Graph) -> Graph:
    for node in graph.nodes:
        clamp = _clamp_of(graph, node)
        producer = graph.producer(str(node.inputs[0]))
        if clamp is None or producer is None or not only_reader(graph, producer.outputs[0]):
            continue
        op = producer.op.with_clamp(*clamp)
        if op is None:
            continue
        folded = bypass(replace_node(graph, producer, replace(producer, op=op)), node)
        if folded is not None:
            return fold_activation(folded)
    return graph


def _clamp_of(graph: Graph, node: Node) -> tuple[int, int] | None:
    """(low, high) if the node does nothing but clamp, in unchanged units."""
    io = graph.io(node)
    table = node.op.table(io)
    if table is None or io.input(0).quant != io.output.quant or io.input(0).dtype != io.output.dtype:
        return None
    low, high = int(table.min()), int(table.max())
    return (low, high) if np.array_equal(table, np.clip(_INPUTS, low, high)) else None

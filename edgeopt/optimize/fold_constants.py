"""Computes offline what depends on constants only."""

from dataclasses import replace

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Graph
from edgeopt.optimize import PASSES


@PASSES.register("fold_constants")
def fold_constants(graph: Graph) -> Graph:
    for node in graph.nodes:
        io = graph.io(node)
        known = all(tensor is None or tensor.is_constant for tensor in io.inputs)
        if not known:
            continue
        for name in node.outputs:
            if name in graph.outputs:
                raise UnsupportedModel(f"the output `{name}` is the same for every input", "leave it out of the model")
        results = node.op.reference(io, [None if tensor is None else tensor.values for tensor in io.inputs])
        tensors = dict(graph.tensors)
        tensors |= {t.name: replace(t, data=data) for t, data in zip(io.outputs, results, strict=True)}
        return fold_constants(graph.with_nodes([other for other in graph.nodes if other is not node], tensors))
    return graph

"""Weights of four bits: the network planned again with half as many bytes of weights."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from edgeopt.budget.judge import Breach
from edgeopt.budget.remedy import REMEDIES, Case, Change
from edgeopt.ir import Graph, Node, Tensor

_OPERATORS = ("conv2d", "depthwise_conv2d", "fully_connected")


@REMEDIES.register("int4 weights")
def int4_weights(case: Case, breach: Breach) -> Iterator[Change]:
    graph = case.variant("int4", with_int4_weights)
    if graph is None:
        return
    figures = case.tried(replace(case.design, graph=graph))
    if figures is not None:
        note = "convert the float model again; only the data can tell what accuracy that leaves"
        yield Change("int4 weights, `edgeopt convert --weights int4`", figures, note)


def with_int4_weights(graph: Graph) -> Graph | None:
    """The graph with every int8 weight rounded to four bits; None where there is none. For its costs only."""
    weights = {name for node in graph.nodes if (name := _weights_of(graph, node)) is not None}
    if not weights:
        return None
    tensors = {name: _int4(t) if name in weights else t for name, t in graph.tensors.items()}
    return replace(graph, tensors=tensors)


def _weights_of(graph: Graph, node: Node) -> str | None:
    if node.op.name not in _OPERATORS or len(node.inputs) < 2 or node.inputs[1] is None:
        return None
    weights, data = graph.tensors[node.inputs[1]], graph.tensors[str(node.inputs[0])]
    # there are no kernels for weights of four bits and data of sixteen
    return weights.name if weights.is_constant and weights.dtype == data.dtype == "int8" else None


def _int4(weights: Tensor) -> Tensor:
    quant = weights.q
    return replace(
        weights,
        dtype="int4",
        data=np.clip(np.round(weights.values / 16), -8, 7).astype(np.int8),
        quant=replace(quant, scales=tuple(scale * 16 for scale in quant.scales)),
    )

"""Folds a max-pooling of bits into the layer before it, which then makes no bits that are only pooled.

A pool of pools is a pool, as long as both take the AND, or the OR, of the same channels.
"""

from dataclasses import replace

import numpy as np

from edgeopt.ir import Graph, Node
from edgeopt.ops.binary._checks import mask_words
from edgeopt.ops.binary.conv2d import BinaryConv2D
from edgeopt.ops.binary.max_pool_2d import BinaryMaxPool2D
from edgeopt.ops.binary.weight_conv2d import BinaryWeightConv2D
from edgeopt.optimize import PASSES
from edgeopt.optimize._edit import only_reader

_MASK = 3  # of the layer's inputs: channels that pool by OR
_POOL_MASK = 1


@PASSES.register("fold_binary_pool")
def fold_binary_pool(graph: Graph) -> Graph:
    for pool in graph.nodes:
        layer = graph.producer(str(pool.inputs[0])) if isinstance(pool.op, BinaryMaxPool2D) else None
        if layer is None or not only_reader(graph, layer.outputs[0]):
            continue
        folded = _folded(graph, layer, pool)
        if folded is not None:
            nodes = [folded if node is layer else node for node in graph.nodes if node is not pool]
            return fold_binary_pool(graph.with_nodes(nodes))
    return graph


def _folded(graph: Graph, layer: Node, pool: Node) -> Node | None:
    """The layer with the pooling behind it; None where it has none such."""
    assert isinstance(pool.op, BinaryMaxPool2D)
    window = pool.op.window
    if not isinstance(layer.op, BinaryConv2D | BinaryWeightConv2D):
        return None
    if window.is_padded or window.stride != window.kernel:
        return None
    if layer.op.pool != (1, 1) and not _masks_agree(graph, layer, pool):
        return None
    height, width = layer.op.pool
    op = replace(layer.op, pool=(height * window.kernel[0], width * window.kernel[1]))
    folded = replace(layer, op=op, inputs=(*layer.inputs[:_MASK], *pool.inputs[_POOL_MASK:]), outputs=pool.outputs)
    return None if op.broken_limits(graph.io(folded)) else folded


def _masks_agree(graph: Graph, layer: Node, pool: Node) -> bool:
    assert isinstance(pool.op, BinaryMaxPool2D)
    of_layer, of_pool = graph.io(layer), graph.io(pool)
    channels = of_layer.input(1).shape[0]
    return np.array_equal(mask_words(of_layer, _MASK, channels), mask_words(of_pool, _POOL_MASK, pool.op.channels))

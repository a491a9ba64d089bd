"""Folds PAD with the zero point into the convolution that reads it, whose own padding is the same value.

Not into pooling: an average leaves its padding out of the count, and a maximum never takes it.
"""

from dataclasses import replace

from edgeopt.ir import Graph
from edgeopt.ops.pad import Pad
from edgeopt.optimize import PASSES
from edgeopt.optimize._edit import replace_node


@PASSES.register("fold_pad")
def fold_pad(graph: Graph) -> Graph:
    for node in graph.nodes:
        if not isinstance(node.op, Pad):
            continue
        io = graph.io(node)
        zero_point = io.input(0).quant and io.input(0).q.zero_point
        if node.op.value != zero_point or io.input(0).quant != io.output.quant:
            continue
        for consumer in graph.consumers(node.outputs[0]):
            op = consumer.op.with_padding(node.op.pads)
            if op is not None and consumer.inputs.count(node.outputs[0]) == 1 and consumer.inputs[0] == node.outputs[0]:
                folded = replace(consumer, op=op, inputs=(node.inputs[0], *consumer.inputs[1:]))
                return fold_pad(replace_node(graph, consumer, folded))
    return graph

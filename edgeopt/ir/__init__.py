"""The network as values: Tensor, Quant, Node, Graph, and what an operator answers (Op, CCall)."""

from edgeopt.ir.check import check_graph
from edgeopt.ir.evaluate import evaluate, evaluate_in_order
from edgeopt.ir.graph import Graph, Node, format_graph
from edgeopt.ir.layer import Layer
from edgeopt.ir.op import MANY_INPUTS, CCall, Io, Limit, Moved, Op, OpType, Strip, Target, requires
from edgeopt.ir.program import Loop, Place, Placed, Program
from edgeopt.ir.tensor import Array, Quant, Shape, Tensor

__all__ = [
    "MANY_INPUTS",
    "Array",
    "CCall",
    "Graph",
    "Io",
    "Layer",
    "Limit",
    "Loop",
    "Moved",
    "Node",
    "Op",
    "OpType",
    "Place",
    "Placed",
    "Program",
    "Quant",
    "Shape",
    "Strip",
    "Target",
    "Tensor",
    "check_graph",
    "evaluate",
    "evaluate_in_order",
    "format_graph",
    "requires",
]

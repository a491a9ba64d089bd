"""Chain: an operator that is a small network, computed some rows at a time, so that no map in it exists as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Array, CCall, Graph, Io, Op, Shape, Target, evaluate
from edgeopt.ops.ways import Way

ROWS = "rows"  # the name of a chain's way


@dataclass(frozen=True)
class Chain(Op):
    """The nodes of `graph`, whose inputs are this node's; `way` runs them row by row."""

    name = "chain"

    graph: Graph = field(compare=False, repr=False)
    way: Way = field(compare=False, repr=False)

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        raise UnsupportedModel("chain is an operator of edgeopt's own, which no file has", "convert it again")

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return tuple(tensor.shape for tensor in self.graph.output_tensors)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        known = {name: value for name, value in zip(self.graph.inputs, values, strict=True) if value is not None}
        results = evaluate(self.graph, known)
        return tuple(results[name] for name in self.graph.outputs)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        return self.way.calls

    def macs(self, io: Io) -> int:
        return self.graph.macs

    def binary_macs(self, io: Io) -> int:
        return self.graph.binary_macs

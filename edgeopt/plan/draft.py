"""A chain as a draft: which nodes, in which order their rows come, what memory that takes; and the node made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from edgeopt.ir import Graph, Node, Program, Tensor
from edgeopt.ops.ways import Way
from edgeopt.plan.buffers import aligned
from edgeopt.plan.chain import ROWS, Chain
from edgeopt.plan.check_program import check_program
from edgeopt.plan.loops import fold
from edgeopt.plan.rows_program import Strips, write_calls
from edgeopt.plan.schedule import Schedule
from edgeopt.plan.stages import Stage
from edgeopt.plan.windows import Windows, place_windows


@dataclass(frozen=True)
class Draft:
    """Consecutive nodes as a chain. `free` are the inputs that nothing needs afterwards."""

    nodes: tuple[Node, ...]
    stages: tuple[Stage, ...]
    inputs: tuple[Tensor, ...]
    free: frozenset[str]
    planned: Schedule
    strips: Strips

    @property
    def output(self) -> Tensor:
        return self.stages[-1].output

    @cached_property
    def windows(self) -> Windows:
        return place_windows(self.stages, self.planned, self.strips.scratch_bytes(self.stages, self.planned))

    @cached_property
    def slides(self) -> tuple[int, int] | None:
        """The input that the output grows into, and how far before it that begins; None where it gains nothing."""
        gains = [
            (min(tensor.size_bytes, self.output.size_bytes - lead), -index, lead)
            for index, tensor in enumerate(self.inputs)
            for lead in [aligned(self.planned.lead[tensor.name])]
            if tensor.name in self.free and lead < self.output.size_bytes
        ]
        if not gains:
            return None
        _, index, lead = max(gains)
        return -index, lead

    @property
    def lead(self) -> int | None:
        """Bytes that must be left before the input that the output grows into."""
        return None if self.slides is None else self.slides[1]

    @cached_property
    def live_bytes(self) -> int:
        """Inputs, output, windows and scratch together."""
        sizes = [aligned(tensor.size_bytes) for tensor in self.inputs]
        total = sum(sizes) + aligned(self.output.size_bytes) + self.windows.size_bytes
        if self.slides is None:
            return total
        index, lead = self.slides
        apart = sizes[index] + aligned(self.output.size_bytes)
        return total - apart + max(lead + sizes[index], aligned(self.output.size_bytes))

    @cached_property
    def program(self) -> Program | None:
        """The calls, proven; None where rows would not be aligned."""
        calls = write_calls(self.stages, self.planned, self.windows, self.strips)
        if calls is None:
            return None
        program = Program(fold(calls), self.windows.size_bytes)
        check_program(self.stages, program, self.starts(), frozenset(t.name for t in self.inputs) - self.free)
        return program

    def node(self, graph: Graph) -> Node:
        """The node that stands for these in `graph`; `program` must be there."""
        assert self.program is not None
        names = tuple(tensor.name for tensor in self.inputs)
        inside = Graph(graph.name, graph.tensors, self.nodes, names, (self.output.name,)).with_nodes(self.nodes)
        way = Way(ROWS, self.program.calls, program=self.program, slides=self.slides)
        return Node(_name(self.nodes), Chain(inside, way), names, (self.output.name,))

    def starts(self) -> dict[str | None, int]:
        """Places in a memory of the proof's own, as `slides` has them and all else apart."""
        starts: dict[str | None, int] = {self.output.name: 0}
        end = aligned(self.output.size_bytes)
        if self.slides is not None:
            index, lead = self.slides
            starts[self.inputs[index].name] = lead
            end = max(end, lead + aligned(self.inputs[index].size_bytes))
        for tensor in self.inputs:
            if tensor.name not in starts:
                starts[tensor.name], end = end, end + aligned(tensor.size_bytes)
        return {**starts, None: end}


def _name(nodes: Sequence[Node]) -> str:
    return nodes[0].name if len(nodes) == 1 else f"{nodes[0].name} .. {nodes[-1].name}"

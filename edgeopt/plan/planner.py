"""Chooses kernels, buffers and offsets; the Plan is all that `emit` needs to know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from edgeopt.costs import table_to_choose_by
from edgeopt.ir import CCall, Graph, Io, Moved, Node, Place, Placed, Program, Target
from edgeopt.ops.ways import Offers, Way, offers
from edgeopt.plan.buffers import Buffer, aligned, buffers, scratch_name
from edgeopt.plan.chain import ROWS, Chain
from edgeopt.plan.chains import with_chains
from edgeopt.plan.choose import choose
from edgeopt.plan.options import Option, code_bytes, options
from edgeopt.plan.place import Placement, live_bytes, lower_bound_bytes, place


@dataclass(frozen=True)
class Step:
    """One node and the way that computes it; `live_bytes` of the arena are in use while it runs."""

    node: Node
    way: Way
    refused: Mapping[str, str]  # ways that there are not, and why, by name
    live_bytes: int
    options: tuple[Option, ...]  # all ways that there are, with their costs
    calls: tuple[CCall, ...]  # those of the way, but for copies to where the bytes lie already

    @property
    def is_fastest(self) -> bool:
        """Whether no other way takes fewer cycles."""
        return self.way is min(self.options, key=Option.speed).way

    def program(self, io: Io) -> Program:
        """What runs, with addresses: the way's program, or its calls on the whole tensors of the node."""
        if self.way.program is not None or not self.calls:
            return self.way.program or Program((), 0)
        inputs = (None if t is None or t.is_constant else Place(t.name, 0) for t in io.inputs)
        outputs = (Place(tensor.name, 0) for tensor in io.outputs)
        whole = Placed(self.calls, self.node.op, io, tuple(inputs), tuple(outputs), Place(None, 0))
        return Program((whole,), self.way.scratch_bytes)


@dataclass(frozen=True)
class Plan:
    """A graph with kernels chosen and memory laid out. `offsets` are bytes into the arena by tensor or scratch name."""

    graph: Graph
    target: Target
    steps: tuple[Step, ...]
    offsets: Mapping[str, int]
    arena_bytes: int
    bound_bytes: int  # the most bytes alive at one step
    optimal: bool  # no placement of these buffers is smaller
    inputs_survive: Mapping[str, bool]  # whether an input still holds what was written after an inference

    @property
    def peak(self) -> Step:
        """The step with the most live bytes."""
        return max(self.steps, key=lambda step: step.live_bytes)

    @property
    def kernels(self) -> frozenset[str]:
        """All that are called."""
        return frozenset(call.kernel for step in self.steps for call in step.calls)

    def scratch_offset(self, node: Node) -> int:
        return self.offsets.get(scratch_name(node), 0)


def plan(graph: Graph, target: Target) -> Plan:
    """The plan that the target's goal asks for (edgeopt.plan.choose), with the smallest arena among those it allows.

    An input survives the inference unless its space is needed: goals `ram` and `balanced` give it up where that makes
    the arena smaller, `latency` and `flash` never. Chains come in for goal `ram`, and for `balanced` where the board's
    RAM does not suffice otherwise.
    """
    best = _plan(graph, target)
    limit = None if target.goal == "ram" else target.ram_bytes
    too_large = limit is not None and best.arena_bytes > limit
    wanted = target.goal == "ram" or (target.goal == "balanced" and too_large)
    if wanted and ROWS not in target.without:
        chained = with_chains(graph, target, limit)
        if chained is not graph:
            best = min(best, _plan(chained, target), key=lambda plan: plan.arena_bytes)
    return best


def _plan(graph: Graph, target: Target) -> Plan:
    table = table_to_choose_by(target.core)
    offered = [_offers(node, graph.io(node), target) for node in graph.nodes]
    rows = [options(node.op, graph.io(node), offer, table) for node, offer in zip(graph.nodes, offered, strict=True)]
    memory = _Memory(graph, target)
    choice = choose(rows, target, partial(code_bytes, table=table), memory)
    layout = memory.layout(choice)
    offsets = layout.offsets()
    steps = tuple(
        Step(
            node,
            choice[i].way,
            offered[i].refused,
            live_bytes(layout.buffers, i),
            rows[i],
            _needed(node, choice[i].way, offsets),
        )
        for i, node in enumerate(graph.nodes)
    )
    return _assemble(graph, target, steps, layout)


def _needed(node: Node, way: Way, offsets: Mapping[str, int]) -> tuple[CCall, ...]:
    """The calls of a way, but for those that copy bytes to where they lie."""
    if way.program is not None:
        return way.calls
    return tuple(call for call in way.calls if call.moves is None or not _is_there(node, call, call.moves, offsets))


def _is_there(node: Node, call: CCall, moves: Moved, offsets: Mapping[str, int]) -> bool:
    source, target = str(node.inputs[call.inputs[0]]), node.outputs[call.outputs[0]]
    return source in offsets and offsets[source] + moves.in_first == offsets[target] + moves.out_first


def _offers(node: Node, io: Io, target: Target) -> Offers:
    return Offers((node.op.way,), {}) if isinstance(node.op, Chain) else offers(node.op, io, target)


@dataclass(frozen=True)
class _Layout:
    """Buffers with places."""

    buffers: tuple[Buffer, ...]
    placement: Placement
    keeps_inputs: bool

    def offsets(self) -> dict[str, int]:
        """Of each tensor and scratch, bytes into the arena."""
        spots = zip(self.buffers, self.placement.offsets, strict=True)
        return {name: at + buffer.start(name) for buffer, at in spots for name in buffer.names}


class _Memory:
    """The arena of each choice of options."""

    def __init__(self, graph: Graph, target: Target) -> None:
        self._graph = graph
        self._keeping = (True, False) if target.goal in ("ram", "balanced") else (True,)

    def layout(self, choice: Sequence[Option]) -> _Layout:
        ways = [option.way for option in choice]
        # joining first: of equal arenas the one with fewer copies
        joins = (True, False) if any(call.moves for way in ways for call in way.calls) else (False,)
        made = [
            (buffers(self._graph, ways, keep_inputs, in_place, joined), keep_inputs)
            for keep_inputs in self._keeping
            for in_place in (True, False)
            for joined in joins
        ]
        laid = (_Layout(found, place(found), keep_inputs) for found, keep_inputs in made)
        return min(laid, key=lambda layout: layout.placement.arena_bytes)

    def arena_bytes(self, choice: Sequence[Option]) -> int:
        return self.layout(choice).placement.arena_bytes

    def live_bytes(self, choice: Sequence[Option], index: int) -> int:
        ways = [option.way for option in choice]
        return live_bytes(buffers(self._graph, ways, self._keeping[-1], in_place=True), index)


def _assemble(graph: Graph, target: Target, steps: tuple[Step, ...], layout: _Layout) -> Plan:
    spots = list(zip(layout.buffers, layout.placement.offsets, strict=True))
    survive = {name: layout.keeps_inputs or not _overwritten(name, spots) for name in graph.inputs}
    return Plan(
        graph,
        target,
        steps,
        layout.offsets(),
        aligned(layout.placement.arena_bytes),
        lower_bound_bytes(layout.buffers),
        layout.placement.optimal,
        survive,
    )


def _overwritten(name: str, spots: list[tuple[Buffer, int]]) -> bool:
    """Whether anything else is ever written where the input lies."""
    mine, at = next(spot for spot in spots if name in spot[0].names)
    if len(mine.names) > 1:
        return True
    return any(
        other is not mine and start < at + mine.size_bytes and at < start + other.size_bytes for other, start in spots
    )

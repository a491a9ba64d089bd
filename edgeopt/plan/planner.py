"""Chooses kernels, buffers and offsets; the Plan is all that `emit` needs to know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf

from edgeopt.costs import table_to_choose_by
from edgeopt.ir import CCall, Graph, Io, Node, Place, Placed, Program, Target
from edgeopt.ops.ways import Offers, Way, offers
from edgeopt.plan.buffers import Buffer, aligned, buffers, scratch_name
from edgeopt.plan.chain import ROWS, Chain
from edgeopt.plan.chains import ChainSearch
from edgeopt.plan.choose import choose, flash_bytes
from edgeopt.plan.options import Option, code_bytes, options
from edgeopt.plan.place import Placement, live_bytes, lower_bound_bytes, place

_TRIED = 3  # graphs with chains that are planned in full, the best by estimate
_GROWTH = (inf, 1.5, 0)  # of the constants of strips: all ways, no Winograd, plain ones
_NEAR = 1.03  # of an estimate's cycles: near enough to look no further


@dataclass(frozen=True)
class Step:
    """One node and the way that computes it; `live_bytes` of the arena are in use while it runs."""

    node: Node
    way: Way
    refused: Mapping[str, str]  # ways that there are not, and why, by name
    live_bytes: int
    options: tuple[Option, ...]  # all ways that there are, with their costs
    needless: frozenset[int] = frozenset()  # calls of the way that copy to where the bytes lie already, by index

    @property
    def calls(self) -> tuple[CCall, ...]:
        return tuple(call for index, call in enumerate(self.way.calls) if index not in self.needless)

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
    spots: tuple[tuple[Buffer, int], ...] = ()  # every buffer, and where it begins

    @property
    def peak(self) -> Step:
        """The step with the most live bytes."""
        return max(self.steps, key=lambda step: step.live_bytes)

    @property
    def choice(self) -> tuple[Option, ...]:
        """What each step takes, with its costs."""
        return tuple(next(option for option in step.options if option.way is step.way) for step in self.steps)

    @property
    def cycles(self) -> float:
        """For comparing."""
        return sum(option.cycles for option in self.choice)

    @property
    def fits(self) -> bool:
        """Whether it is within the target's RAM and flash, as estimated."""
        ram_bytes = self.target.ram_bytes
        return (ram_bytes is None or self.arena_bytes <= ram_bytes) and self.fits_flash

    @property
    def fits_flash(self) -> bool:
        """Whether its constants and kernels are within the target's flash, as estimated."""
        return self.target.flash_bytes is None or self.flash_bytes <= self.target.flash_bytes

    @property
    def flash_bytes(self) -> int:
        """Constants and kernels, estimated."""
        return flash_bytes(self.choice, partial(code_bytes, table=table_to_choose_by(self.target.core)))

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
    RAM does not suffice for the fastest plan.
    """
    if target.goal == "balanced" and target.ram_bytes is not None:
        fastest = _plan(graph, replace(target, ram_bytes=None))
        if fastest.arena_bytes <= target.ram_bytes:
            return fastest
    best = _plan(graph, target)
    if ROWS in target.without:
        return best
    if target.goal == "ram":
        found = [_plan(chained, target) for _, chained in ChainSearch(graph, target).graphs(None)]
        return min(best, *found, key=lambda one: one.arena_bytes) if found else best
    if target.goal == "balanced" and target.ram_bytes is not None:
        # buffers with gaps between them may take a little more than the search for chains knows
        tight = target.ram_bytes, target.ram_bytes * 15 // 16
        for limits in (tight, (None,)):
            for growth in _GROWTH:  # as fast as flash allows
                best = _within_ram(ChainSearch(graph, target, growth), target, limits, best)
                if best.fits or (best.fits_flash and limits == (None,)) or target.flash_bytes is None:
                    break
            if best.fits:
                break
    return best


def _within_ram(search: ChainSearch, target: Target, limits: Sequence[int | None], best: Plan) -> Plan:
    """The fastest plan that fits, with chains or without as `best`; the smallest arena where none does."""
    for limit in limits:
        found = search.graphs(limit)[:_TRIED]
        for estimate, chained in found:
            if best.fits and best.cycles <= _NEAR * estimate:
                break
            one = _plan(chained, target)
            best = min((best, one), key=lambda plan: (not plan.fits, plan.cycles if plan.fits else plan.arena_bytes))
        if found and best.fits and best.cycles <= _NEAR * found[0][0]:
            break
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
            _needless(node, choice[i].way, offsets),
        )
        for i, node in enumerate(graph.nodes)
    )
    return _assemble(graph, target, steps, layout)


def _needless(node: Node, way: Way, offsets: Mapping[str, int]) -> frozenset[int]:
    """The calls of a way that copy bytes to where they lie, by index."""
    calls = way.calls if way.program is None else ()
    return frozenset(index for index, call in enumerate(calls) if call.moves and _is_there(node, call, offsets))


def _is_there(node: Node, call: CCall, offsets: Mapping[str, int]) -> bool:
    source, target = str(node.inputs[call.inputs[0]]), node.outputs[call.outputs[0]]
    assert call.moves is not None
    return source in offsets and offsets[source] + call.moves.in_first == offsets[target] + call.moves.out_first


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
        self._found: dict[tuple[int, ...], _Layout] = {}
        self._keeping = (True, False) if target.goal in ("ram", "balanced") else (True,)

    def layout(self, choice: Sequence[Option]) -> _Layout:
        """The smallest arena that the goal allows; each choice is laid out once."""
        key = tuple(id(option) for option in choice)
        if key not in self._found:
            self._found[key] = self._lay_out([option.way for option in choice])
        return self._found[key]

    def _lay_out(self, ways: Sequence[Way]) -> _Layout:
        # joining first: of equal arenas the one with fewer copies
        joins = (True, False) if any(call.moves for way in ways for call in way.calls) else (False,)
        made = [
            (buffers(self._graph, ways, keep_inputs, in_place, joined), keep_inputs)
            for keep_inputs in self._keeping
            for in_place in (True, False)
            for joined in joins
        ]
        bounds = [lower_bound_bytes(found) for found, _ in made]
        best: tuple[int, int, _Layout] | None = None
        for bound, index in sorted(zip(bounds, range(len(made)), strict=True)):
            if best is not None and (bound, index) >= best[:2]:
                continue  # whatever its placement, it is no smaller
            found, keep_inputs = made[index]
            layout = _Layout(found, place(found), keep_inputs)
            if best is None or (layout.placement.arena_bytes, index) < best[:2]:
                best = layout.placement.arena_bytes, index, layout
        assert best is not None
        return best[2]

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
        tuple(spots),
    )


def _overwritten(name: str, spots: list[tuple[Buffer, int]]) -> bool:
    """Whether anything else is ever written where the input lies."""
    mine, at = next(spot for spot in spots if name in spot[0].names)
    if len(mine.names) > 1:
        return True
    return any(
        other is not mine and start < at + mine.size_bytes and at < start + other.size_bytes for other, start in spots
    )

"""Chooses kernels, buffers and offsets; the Plan is all that `emit` needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass

from edgeopt.board import Board
from edgeopt.errors import DoesNotFit
from edgeopt.ir import CCall, Graph, Node, Target
from edgeopt.ops.ways import Offers, Way, offers
from edgeopt.plan.buffers import Buffer, buffers, scratch_name
from edgeopt.plan.place import Placement, aligned, live_bytes, lower_bound_bytes, place


@dataclass(frozen=True)
class Step:
    """One node and the way that computes it; `live_bytes` of the arena are in use while it runs."""

    node: Node
    way: Way
    refused: Mapping[str, str]  # ways that there are not, and why, by name
    live_bytes: int

    @property
    def calls(self) -> tuple[CCall, ...]:
        return self.way.calls


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

    def scratch_offset(self, node: Node) -> int:
        return self.offsets.get(scratch_name(node), 0)


def plan(graph: Graph, target: Target) -> Plan:
    """The plan with the smallest arena among those that the goal allows.

    An input survives the inference unless its space is needed: goals `ram` and `balanced` give it up where that makes
    the arena smaller, `latency` and `flash` never.
    """
    offered = tuple(offers(node.op, graph.io(node), target) for node in graph.nodes)
    ways = tuple(_choose(offer, target) for offer in offered)
    keeping = (True, False) if target.goal in ("ram", "balanced") else (True,)
    candidates = [
        (keep_inputs, buffers(graph, ways, keep_inputs, in_place))
        for keep_inputs in keeping
        for in_place in (True, False)
    ]
    placed = [(place(chosen), chosen, keep_inputs) for keep_inputs, chosen in candidates]
    refused = tuple(offer.refused for offer in offered)
    return _assemble(graph, target, ways, refused, *min(placed, key=lambda choice: choice[0].arena_bytes))


def _choose(offer: Offers, target: Target) -> Way:
    if target.only:
        return next((way for way in offer.ways if way.name == target.only), offer.ways[0])
    return offer.ways[-1] if target.goal in ("latency", "balanced") else offer.ways[0]


def _assemble(
    graph: Graph,
    target: Target,
    ways: tuple[Way, ...],
    refused: tuple[Mapping[str, str], ...],
    placement: Placement,
    chosen: tuple[Buffer, ...],
    keep_inputs: bool,
) -> Plan:
    offsets = {name: at for buffer, at in zip(chosen, placement.offsets, strict=True) for name in buffer.names}
    steps = tuple(Step(node, ways[i], refused[i], live_bytes(chosen, i)) for i, node in enumerate(graph.nodes))
    spots = list(zip(chosen, placement.offsets, strict=True))
    survive = {name: keep_inputs or not _overwritten(name, spots) for name in graph.inputs}
    return Plan(
        graph,
        target,
        steps,
        offsets,
        aligned(placement.arena_bytes),
        lower_bound_bytes(chosen),
        placement.optimal,
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


def check_fits(plan_: Plan, board: Board, constant_bytes: int) -> None:
    """DoesNotFit where the arena, or the constants alone (`constant_bytes` of flash), exceed what the board leaves."""
    ram, flash = board.ram.usable_bytes, board.flash.usable_bytes
    lacking, missing = [], []
    if plan_.arena_bytes > ram:
        peak = plan_.peak
        lacking.append(
            f"the activations need {plan_.arena_bytes:,} B of RAM, {board.name} leaves {ram:,} B; "
            f"the peak is at layer `{peak.node.name}` with {peak.live_bytes:,} B"
        )
        missing.append(f"{plan_.arena_bytes - ram:,} B of RAM")
    if constant_bytes > flash:
        lacking.append(f"the weights need {constant_bytes:,} B of flash, {board.name} has {flash:,} B")
        missing.append(f"{constant_bytes - flash:,} B of flash")
    if lacking:
        smaller = "shrink the network" if plan_.target.goal == "ram" else "shrink the network, try --goal ram"
        raise DoesNotFit("; ".join(lacking), f"{smaller}, or take a board with {' and '.join(missing)} more")

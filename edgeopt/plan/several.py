"""Several networks in one firmware: they share the board's RAM, and divide its flash.

At any time one of them computes, so their arenas lie one over the other; what a network remembers is kept beside them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from edgeopt.board import Board
from edgeopt.costs import goal_table, table_to_choose_by
from edgeopt.errors import DoesNotFit
from edgeopt.ir import Graph, Target
from edgeopt.plan.fits import target_of
from edgeopt.plan.planner import Plan, plan

_WORD_BYTES = 4


def plan_several(graphs: Sequence[Graph], board: Board, goal: str, without: Collection[str] = ()) -> tuple[Plan, ...]:
    """A plan for each network, all for one firmware.

    RAM: each may use all that is left beside what the networks remember. Flash: where the plans that are made with all
    of it do not fit together, it is divided in the order of the networks. Each gets what remains when those before it
    have what they took, and those after it the least that they can do with; a kernel that two of them call is counted
    for both, so that what fits so does fit.
    """
    target = target_of(board, goal, without)
    ram_bytes = max(0, board.ram.usable_bytes - sum(kept_bytes(graph) for graph in graphs if len(graphs) > 1))
    target = replace(target, ram_bytes=ram_bytes)
    plans = [plan(graph, target) for graph in graphs]
    if len(graphs) == 1 or goal in ("latency", "flash") or _fit_together(plans, target):
        return tuple(plans)
    least = [plan(graph, replace(target, goal="flash")).flash_bytes for graph in graphs]
    taken = 0
    for index, graph in enumerate(graphs):
        left = (target.flash_bytes or 0) - taken - sum(least[index + 1 :])
        plans[index] = plan(graph, replace(target, flash_bytes=max(0, left)))
        taken += plans[index].flash_bytes
    return tuple(replace(made, target=target) for made in plans)


def _fit_together(plans: Sequence[Plan], target: Target) -> bool:
    """Whether the plans are within the target's flash, a kernel that several call counted once."""
    table = table_to_choose_by(target.core)
    alone = sum(made.flash_bytes - table.code_bytes(made.kernels) for made in plans)
    return target.flash_bytes is None or alone + table.code_bytes(kernels_of(plans)) <= target.flash_bytes


def kernels_of(plans: Sequence[Plan]) -> frozenset[str]:
    """All that are called, by any of the networks."""
    return frozenset[str]().union(*(made.kernels for made in plans))


def kept_bytes(graph: Graph) -> int:
    """RAM beside the shared arena in which a network's state is kept while another is at work; 0 without state."""
    state_bytes = sum(tensor.size_bytes for tensor in graph.state_tensors)
    return _WORD_BYTES * (1 + -(-state_bytes // _WORD_BYTES)) if state_bytes else 0


def ram_bytes_of(plans: Sequence[Plan]) -> dict[str, int]:
    """The RAM of all: the largest `arena`, and as `static` what networks remember, if there are several."""
    kept = sum(kept_bytes(made.graph) for made in plans) if len(plans) > 1 else 0
    return {"arena": max(made.arena_bytes for made in plans), "static": kept}


def check_fit_together(plans: Mapping[str, Plan], board: Board, constants: Mapping[str, int]) -> None:
    """DoesNotFit where the networks, by name, and their constants (bytes of flash) exceed what the board has."""
    problems, lacking = [], []
    ram = ram_bytes_of(tuple(plans.values()))
    largest = max(plans, key=lambda name: plans[name].arena_bytes)
    if (over := sum(ram.values()) - board.ram.usable_bytes) > 0:
        kept = f", what the networks remember {ram['static']:,} B" if ram["static"] else ""
        problems.append(
            f"the activations of `{largest}`, the most of all, need {ram['arena']:,} B of RAM{kept}; "
            f"{board.name} leaves {board.ram.usable_bytes:,} B"
        )
        lacking.append(f"{over:,} B of RAM")
    made = next(iter(plans.values()))
    kernels = goal_table(board.core, made.target.goal).code_bytes(kernels_of(tuple(plans.values())))
    needed = sum(constants.values()) + kernels
    if needed > board.flash.usable_bytes:
        each = ", ".join(f"`{name}` {count:,} B" for name, count in constants.items())
        problems.append(
            f"the networks need {needed:,} B of flash (weights: {each}; kernels {kernels:,} B), "
            f"{board.name} has {board.flash.usable_bytes:,} B"
        )
        lacking.append(f"{needed - board.flash.usable_bytes:,} B of flash")
    if problems:
        other = "" if made.target.goal == "balanced" else ", try --goal balanced"
        raise DoesNotFit(
            "; ".join(problems), f"leave one out or shrink it{other}, or take a board with {' and '.join(lacking)} more"
        )

"""What a board leaves for a network, and the error where a plan needs more."""

from __future__ import annotations

from collections.abc import Collection

from edgeopt.board import Board
from edgeopt.costs import cost_table
from edgeopt.errors import DoesNotFit
from edgeopt.ir import Target
from edgeopt.plan.planner import Plan

# Flash that a plan for a board leaves free: the firmware's start-up, console and session (9.8 kB by gcc -O2 on the M4)
# and the network's calls of its kernels. What RAM these need, and the stack, the board file reserves.
RUNTIME_FLASH_BYTES = 12_288


def target_of(board: Board, goal: str, without: Collection[str] = ()) -> Target:
    """The target of a plan for `board`; `without` names ways that it must not take."""
    return Target(
        core=board.core,
        goal=goal,
        flash_bytes=max(0, board.flash.usable_bytes - RUNTIME_FLASH_BYTES),
        ram_bytes=board.ram.usable_bytes,
        without=frozenset(without),
    )


def check_fits(plan: Plan, board: Board, constant_bytes: int) -> None:
    """DoesNotFit where the arena, or constants (`constant_bytes` of flash) and kernels, exceed what the board has."""
    ram, flash = board.ram.usable_bytes, board.flash.usable_bytes
    kernels = cost_table(board.core).code_bytes(plan.kernels)
    lacking, missing = [], []
    if plan.arena_bytes > ram:
        peak = plan.peak
        lacking.append(
            f"the activations need {plan.arena_bytes:,} B of RAM, {board.name} leaves {ram:,} B; "
            f"the peak is at layer `{peak.node.name}` with {peak.live_bytes:,} B"
        )
        missing.append(f"{plan.arena_bytes - ram:,} B of RAM")
    if constant_bytes + kernels > flash:
        what = "weights" if constant_bytes > flash else "weights and kernels"
        needed = constant_bytes if constant_bytes > flash else constant_bytes + kernels
        lacking.append(f"the {what} need {needed:,} B of flash, {board.name} has {flash:,} B")
        missing.append(f"{needed - flash:,} B of flash")
    if lacking:
        # that goal has given up all speed for what is lacking
        other = "" if plan.target.goal == "balanced" else ", try --goal balanced"
        hint = f"shrink the network{other}, or take a board with {' and '.join(missing)} more"
        raise DoesNotFit("; ".join(lacking), hint)

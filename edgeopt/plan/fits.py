"""What a board leaves for a network, and the error where a plan needs more."""

from __future__ import annotations

from collections.abc import Collection

from edgeopt.board import Board
from edgeopt.costs import goal_table
from edgeopt.errors import DoesNotFit
from edgeopt.ir import Target
from edgeopt.plan.planner import Plan

# Flash that a plan for a board leaves free: the firmware's start-up, console and session (13.9 kB by gcc -O2 on the
# M4, 14.9 kB on the M0+; 1.5 kB more with --input-stats) and the network's calls of its kernels. zig's code is larger,
# 20.1 kB on the M4: where a board is full, the build then tells what is missing. What RAM these and the stack need, the
# board file reserves.
RUNTIME_FLASH_BYTES = 18_432


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
    missing = lacking(plan, board, constant_bytes)
    if not missing:
        return
    problems = []
    if plan.arena_bytes > board.ram.usable_bytes:
        problems.append(
            f"the activations need {plan.arena_bytes:,} B of RAM, {board.name} leaves {board.ram.usable_bytes:,} B; "
            f"the peak is at layer `{plan.peak.node.name}` with {plan.peak.live_bytes:,} B"
        )
    what, needed = _flash_needed(plan, board, constant_bytes)
    if needed > board.flash.usable_bytes:
        problems.append(f"the {what} need {needed:,} B of flash, {board.name} has {board.flash.usable_bytes:,} B")
    # that goal has given up all speed for what is lacking
    other = "" if plan.target.goal == "balanced" else ", try --goal balanced"
    hint = f"shrink the network{other}, or take a board with {missing} more: `edgeopt analyze --all-boards` tells which"
    raise DoesNotFit("; ".join(problems), hint)


def lacking(plan: Plan, board: Board, constant_bytes: int) -> str:
    """The bytes of RAM and flash that the board lacks for a plan, in words; empty where it has enough."""
    ram = plan.arena_bytes - board.ram.usable_bytes
    flash = _flash_needed(plan, board, constant_bytes)[1] - board.flash.usable_bytes
    return " and ".join(f"{count:,} B of {what}" for count, what in ((ram, "RAM"), (flash, "flash")) if count > 0)


def _flash_needed(plan: Plan, board: Board, constant_bytes: int) -> tuple[str, int]:
    """What must be in flash, and its bytes: those of the constants are exact, those of the kernels estimated."""
    if constant_bytes > board.flash.usable_bytes:
        return "weights", constant_bytes
    table = goal_table(board.core, plan.target.goal)
    return "weights and kernels", constant_bytes + table.code_bytes(plan.kernels)

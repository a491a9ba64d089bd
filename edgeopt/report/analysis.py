"""Plan and board -> Analysis: what is known, and what can be estimated, before anything is built."""

from edgeopt.board import Board
from edgeopt.budget import cost_of
from edgeopt.energy import energy_uj, latency_ms, power_mw
from edgeopt.plan import Plan
from edgeopt.report.arena import arena_slots
from edgeopt.report.layers import layer_rows
from edgeopt.report.origin import board_facts, made_with
from edgeopt.report.results import Analysis, Faster


def analysis_of(plan: Plan, board: Board, model_sha256: str, weights: int, faster: Faster | None = None) -> Analysis:
    """The analysis of `plan`, whose constants take `weights` bytes, on `board`.

    The arena and the weights are exact; what the compiler makes is estimated.
    """
    cost = cost_of(plan, board, weights)
    latency, power = latency_ms(cost.cycles, board), power_mw(board)
    kernels = cost.kernel_bytes
    return Analysis(
        model=plan.graph.name,
        model_sha256=model_sha256,
        board=board.name,
        goal=plan.target.goal,
        macs=plan.graph.macs,
        flash_bytes={"total": None if kernels is None else weights + kernels, "weights": weights, "kernels": kernels},
        ram_bytes={"total": plan.arena_bytes, "arena": plan.arena_bytes},
        flash_available_bytes=board.flash.usable_bytes,
        ram_available_bytes=board.ram.usable_bytes,
        arena_bound_bytes=plan.bound_bytes,
        arena_optimal=plan.optimal,
        peak_layer=plan.peak.node.name,
        cycles=cost.cycles,
        latency_ms=latency,
        power_mw=power,
        energy_uj=energy_uj(latency, power),
        layers=layer_rows(plan, cost.layers),
        binary_macs=plan.graph.binary_macs,
        faster=faster,
        arena=arena_slots(plan),
        board_facts=board_facts(board),
        made_with=made_with({"goal": plan.target.goal}),
    )


def faster_than(plan: Plan, fastest: Plan, board: Board, weights: int) -> Faster | None:
    """What `fastest`, whose constants take `weights` bytes, would save and take; None where it would save nothing."""
    now, then = cost_of(plan, board, weights), cost_of(fastest, board, weights)
    if now.cycles.value is None or then.cycles.value is None or then.cycles.value >= now.cycles.value:
        return None
    flash = None if then.kernel_bytes is None else weights + then.kernel_bytes
    return Faster(fastest.target.goal, then.cycles, flash, fastest.arena_bytes, then.lacking)

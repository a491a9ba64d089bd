"""Plan and board -> Analysis: what is known, and what can be estimated, before anything is built."""

from edgeopt.board import Board
from edgeopt.budget import Budget, broken
from edgeopt.energy import energy_uj, latency_ms, power_mw
from edgeopt.energy.estimate import kernel_code_bytes, layer_cycles, total_cycles
from edgeopt.plan import Plan, lacking
from edgeopt.report.arena import arena_slots
from edgeopt.report.layers import layer_rows
from edgeopt.report.results import Analysis, Faster


def analysis_of(plan: Plan, board: Board, model_sha256: str, weights: int, faster: Faster | None = None) -> Analysis:
    """The analysis of `plan`, whose constants take `weights` bytes, on `board`.

    The arena and the weights are exact; what the compiler makes is estimated.
    """
    cycles = [layer_cycles(plan, step, board.core) for step in plan.steps]
    total = total_cycles(cycles)
    latency, power = latency_ms(total, board), power_mw(board)
    kernels = kernel_code_bytes(plan, board.core)
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
        cycles=total,
        latency_ms=latency,
        power_mw=power,
        energy_uj=energy_uj(latency, power),
        layers=layer_rows(plan, cycles),
        binary_macs=plan.graph.binary_macs,
        faster=faster,
        arena=arena_slots(plan),
    )


def faster_than(plan: Plan, fastest: Plan, board: Board, weights: int) -> Faster | None:
    """What `fastest`, whose constants take `weights` bytes, would save and take; None where it would save nothing."""
    now, then = (total_cycles([layer_cycles(one, step, board.core) for step in one.steps]) for one in (plan, fastest))
    if now.value is None or then.value is None or then.value >= now.value:
        return None
    kernels = kernel_code_bytes(fastest, board.core)
    flash = None if kernels is None else weights + kernels
    return Faster(fastest.target.goal, then, flash, fastest.arena_bytes, lacking(fastest, board, weights))


def broken_limits(budget: Budget, analysis: Analysis) -> tuple[str, ...]:
    """The limits of `budget` that the analysis breaks, in words."""
    results = {
        "flash_bytes": analysis.flash_bytes["total"],
        "ram_bytes": analysis.ram_bytes["total"],
        "latency_ms": analysis.latency_ms.value,
        "energy_uj": analysis.energy_uj.value,
        "power_mw": analysis.power_mw.value,
    }
    return tuple(str(breach) for breach in broken(budget, results))

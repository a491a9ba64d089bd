"""Analysis or Deployment with a Budget: which limits it keeps, which it breaks, and what would mend those."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from edgeopt.board import Board
from edgeopt.budget import (
    ONLY_DATA_TELL,
    Breach,
    Budget,
    Case,
    Design,
    Figures,
    Plans,
    at_work,
    breaches,
    figures_of,
    judge,
    warnings_of,
    with_remedies,
)
from edgeopt.energy import ESTIMATED, EXACT, SIMULATED, UNKNOWN, Quantity, energy_uj, power_mw, unknown
from edgeopt.errors import DoesNotFit, OverBudget
from edgeopt.ir import Graph
from edgeopt.report.measuring import MeasuredBoard
from edgeopt.report.powering import active_draw, peak_draw
from edgeopt.report.proof import Accuracy
from edgeopt.report.results import Analysis, Deployment

Result = TypeVar("Result", bound=Analysis | Deployment)

_TOP_1 = "top-1"


def budgeted_analysis(analysis: Analysis, budget: Budget, graph: Graph, board: Board) -> Analysis:
    """The analysis with every limit judged; what only data can tell stays open."""
    flash = _bytes(analysis.flash_bytes["total"], "constants exact, kernels as fitted")
    ram = _bytes(analysis.ram_bytes["total"], "the arena, exact")
    figures = figures_of(analysis.cycles, flash, ram, board, budget.use)
    return _judged(analysis, Case(Design(graph, board, analysis.goal, budget.use), budget, figures, ONLY_DATA_TELL))


def budgeted_deployment(deployment: Deployment, budget: Budget, graph: Graph, board: Board) -> Deployment:
    """The deployment with every limit judged by the linked sizes, the latency of the run and its accuracy."""
    label = _label(deployment)
    figures: Figures = {
        "flash_bytes": Quantity(deployment.flash_bytes["total"], EXACT, "the linked firmware"),
        "ram_bytes": Quantity(deployment.ram_bytes["total"], EXACT, "the linked firmware"),
        "latency_ms": deployment.latency_ms,
        "energy_uj": deployment.energy_uj,
        **at_work(deployment.latency_ms, board, budget.use),
        "accuracy": _accuracy(deployment.accuracy, label),
    }
    return _judged(deployment, Case(Design(graph, board, deployment.goal, budget.use), budget, figures))


def budgeted_board(row: MeasuredBoard, budget: Budget, board: Board) -> MeasuredBoard:
    """A measured board with every limit judged; what was not measured is estimated from the board file.

    Nothing is told of what would mend a broken limit: that takes the model. Accuracy stays open, as it takes data.
    """
    timed, energy = row.latency_ms, row.energy
    latency = unknown("no inference was timed") if timed is None else Quantity(timed.value, timed.kind, timed.source)
    active = None if energy is None else active_draw(energy, latency, board.power.regulator)
    peak = None if energy is None else peak_draw(energy, board.power.regulator)
    measured = None if energy is None else energy.uj_per_inference
    figures: Figures = {
        "flash_bytes": _linked(row.flash_bytes),
        "ram_bytes": _linked(row.ram_bytes),
        "latency_ms": latency,
        "energy_uj": energy_uj(latency, power_mw(board)) if measured is None else measured,
        **at_work(latency, board, budget.use, active, peak),
    }
    judged = judge(budget, figures, ONLY_DATA_TELL)
    return replace(
        row,
        limits=judged,
        broken_limits=breaches(judged),
        average_mw=None if budget.use is None else figures["average_mw"],
        peak_mw=figures["peak_mw"],
        battery_days=None if budget.use is None or budget.use.supply is None else figures["battery_days"],
    )


def _linked(size_bytes: int | None) -> Quantity:
    return unknown("it is not built here") if size_bytes is None else Quantity(size_bytes, EXACT, "the linked firmware")


def _judged(result: Result, case: Case) -> Result:
    """The result with the limits of its case, and the figures of the node at work."""
    use, figures = case.budget.use, case.figures
    judged = judge(case.budget, figures, case.later)
    broken = breaches(judged)
    return replace(
        result,
        limits=judged,
        broken_limits=with_remedies(case, broken) if broken else (),
        duty_cycle=None if use is None else use.duty,
        supply=None if use is None else use.supply,
        average_mw=None if use is None else figures["average_mw"],
        peak_mw=figures["peak_mw"],
        battery_days=None if use is None or use.supply is None else figures["battery_days"],
        warnings=(*result.warnings, *warnings_of(figures["latency_ms"], case.board, use)),
    )


_NOTHING_HELPS = "nothing that was tried helps: raise the limit, or shrink the model"


def over_budget(broken: Sequence[Breach], nothing: str = _NOTHING_HELPS) -> OverBudget | None:
    """The error that broken limits amount to: each with its figures, and the best that would mend it, or `nothing`."""
    if not broken:
        return None
    best = [f"{breach.name}: {breach.remedies[0].text}" for breach in broken if breach.remedies]
    return OverBudget("; ".join(map(str, broken)), "; ".join(best) or nothing)


def too_small(error: DoesNotFit, budget: Budget, graph: Graph, board: Board, goal: str) -> DoesNotFit:
    """The error of a board that is too small, with what would make the network fit it and the budget."""
    plans = Plans()
    cost = plans.cost(graph, board, goal)
    figures = figures_of(cost.cycles, cost.flash_bytes, cost.ram_bytes, board, budget.use)
    room = {"flash_bytes": board.flash.usable_bytes, "ram_bytes": board.ram.usable_bytes}
    limits = {**budget.limits} | {name: min(size, budget.limits.get(name, size)) for name, size in room.items()}
    case = Case(Design(graph, board, goal, budget.use), Budget(limits, budget.use), figures, ONLY_DATA_TELL, plans)
    broken = [breach for breach in breaches(judge(case.budget, figures, ONLY_DATA_TELL)) if breach.name in room]
    best = [
        f"{breach.name}: {kept[0]}"
        for breach in with_remedies(case, broken)
        if (kept := [remedy.text for remedy in breach.remedies if remedy.keeps])
    ]
    return DoesNotFit(error.message, "; ".join([*best, f"or {error.hint}" if best else error.hint]))


def _label(deployment: Deployment) -> str:
    """Of what the run found besides its times: not every target counts instructions, or has a clock."""
    known = (deployment.latency_ms.kind, deployment.cycles.kind, deployment.instructions.kind)
    return next((kind for kind in known if kind != UNKNOWN), SIMULATED)


def _bytes(count: int | None, source: str) -> Quantity:
    if count is None:
        return unknown("the code of the kernels is known after the build")
    return Quantity(count, ESTIMATED, source)


def _accuracy(accuracy: Accuracy | None, label: str) -> Quantity:
    if accuracy is None or accuracy.device is None or accuracy.metric != _TOP_1:
        return unknown("the samples have no labels")
    low, high = accuracy.intervals.get("device", (None, None))
    return Quantity(accuracy.device, label, f"{_TOP_1}, {accuracy.samples:,} samples", low, high)

"""One network on every board: what it would take there, and whether it fits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from edgeopt.board import Board
from edgeopt.budget import BROKEN, ONLY_DATA_TELL, UNSURE, Budget, Plans, figures_of, judge, least_energy
from edgeopt.energy import Quantity, power_mw, unknown
from edgeopt.energy.duty import DutyCycle
from edgeopt.ir import Graph
from edgeopt.report.view import Shown


@dataclass(frozen=True)
class BoardRow:
    """A network on one board, estimated. Figures of a board that is too small are unknown, and say so.

    lacking:       what the board has too little of, in words; empty where the network fits.
    broken_limits: the names of the limits that it breaks there, or whose figures are unknown.
    unsure_limits: of those that it keeps, but not over the whole spread of the sources.
    """

    board: str
    title: str
    core: str
    clock_hz: int
    fits: bool
    lacking: str
    broken_limits: tuple[str, ...]
    unsure_limits: tuple[str, ...]
    flash_bytes: Quantity
    ram_bytes: Quantity
    latency_ms: Quantity
    power_mw: Quantity
    energy_uj: Quantity
    average_mw: Quantity
    peak_mw: Quantity
    battery_days: Quantity

    @property
    def keeps_all(self) -> bool:
        """Whether it fits and breaks no limit."""
        return self.fits and not self.broken_limits


@dataclass(frozen=True)
class BoardsAnalysis(Shown):
    """`edgeopt analyze --all-boards`: the boards that will do first, and of these the one of least energy."""

    model: str
    model_sha256: str
    goal: str
    boards: tuple[BoardRow, ...]
    limits: dict[str, float]  # of a budget, by name
    duty_cycle: DutyCycle | None = None


def boards_analysis(
    name: str, sha256: str, graph: Graph, boards: Iterable[Board], goal: str, budget: Budget
) -> BoardsAnalysis:
    """The network on each of the boards."""
    plans = Plans()
    rows = sorted((_row(graph, board, goal, budget, plans) for board in boards), key=_order)
    duty = None if budget.use is None else budget.use.duty
    return BoardsAnalysis(name, sha256, goal, tuple(rows), dict(budget.limits), duty)


def _row(graph: Graph, board: Board, goal: str, budget: Budget, plans: Plans) -> BoardRow:
    cost = plans.cost(graph, board, goal)
    cycles = unknown(f"{board.name} lacks {cost.lacking}") if cost.lacking else cost.cycles
    figures = figures_of(cycles, cost.flash_bytes, cost.ram_bytes, board, budget.use)
    judged = () if cost.lacking else judge(budget, figures, ONLY_DATA_TELL)
    return BoardRow(
        board=board.name,
        title=board.title,
        core=board.core,
        clock_hz=board.clock_hz,
        fits=not cost.lacking,
        lacking=cost.lacking,
        broken_limits=tuple(one.name for one in judged if one.state == BROKEN),
        unsure_limits=tuple(one.name for one in judged if one.state == UNSURE),
        power_mw=power_mw(board),
        **figures,
    )


def _order(row: BoardRow) -> tuple[bool, bool, float, float, str]:
    """What keeps all first, then what fits; of these the least energy."""
    return not row.keeps_all, not row.fits, *least_energy(row.energy_uj, row.latency_ms), row.board

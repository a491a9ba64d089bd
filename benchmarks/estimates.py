"""`python -m benchmarks --only estimates`: what `edgeopt analyze` says of a model's cycles beside what a run counts."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.peers import models
from benchmarks.table import Table
from edgeopt import pipeline
from edgeopt.board import board_names, load_board
from edgeopt.costs import cost_table, memory_of
from edgeopt.errors import DoesNotFit
from edgeopt.report.results import RunReport

GOALS = ("balanced", "latency", "flash", "ram")
WITHIN = 0.05  # of the simulated cycles
_JUDGED = ("balanced", "latency")
_PARALLEL = 2
_LEAST_SHARE = 0.01  # of the network's cycles: layers that take less are not judged


@dataclass(frozen=True)
class Estimate:
    """Cycles of an inference as estimated and as simulated, with the same of each layer."""

    estimated: float
    simulated: float
    layers: tuple[tuple[float, float], ...]

    @property
    def error(self) -> float:
        """Of the estimate, as a share of what was simulated."""
        return self.estimated / self.simulated - 1

    @property
    def layer_errors(self) -> list[float]:
        """Of the layers that matter, without their signs."""
        least = _LEAST_SHARE * self.simulated
        return [abs(guess / cycles - 1) for guess, cycles in self.layers if cycles >= least]


def estimate_of(model: Path, board: str, goal: str) -> Estimate | None:
    """Analyzed, built by gcc and run on the virtual board with the board's memory; None where it does not fit."""
    with TemporaryDirectory() as temporary:
        try:
            generated = pipeline.generate(model, load_board(board), Path(temporary) / "project", goal=goal)
        except DoesNotFit:
            return None
        pipeline.build(generated.folder, "gcc")
        report = pipeline.run(generated.folder, "virtual")
    assert isinstance(report, RunReport) and report.cycles.value is not None
    analysis = generated.analysis
    assert analysis.cycles.value is not None, analysis.cycles.source
    layers = zip(analysis.layers, report.layers, strict=True)
    both = ((guess.cycles, run.cycles) for guess, run in layers)
    known = tuple((a.value or 0.0, b.value or 0.0) for a, b in both if a is not None and b is not None)
    return Estimate(analysis.cycles.value, report.cycles.value, known)


def boards() -> list[str]:
    """One board a memory, of the cores that have cost tables."""
    found: dict[tuple[str, str], str] = {}
    for board in map(load_board, ("nucleo-l4r5zi", *board_names())):
        if cost_table(board.core).kernels:
            found.setdefault((board.core, memory_of(board).key), board.name)
    return list(found.values())


def tables(folder: Path, samples: int) -> list[Table]:
    """`samples` is not used: cycles are the same every time."""
    rows = [(model, board, goal) for board in boards() for goal in GOALS for model in models(folder)]
    with ProcessPoolExecutor(_PARALLEL) as pool:
        found = list(pool.map(estimate_of, *zip(*rows, strict=True)))
    table = Table(
        "Cycles of an inference as `edgeopt analyze` estimates them beside the virtual board's",
        ["model", "board", "goal", "estimated", "simulated", "error", "layers: median", "worst"],
    )
    for (model, board, goal), one in zip(rows, found, strict=True):
        if one is not None:
            table.add(model.stem, board, goal, *_cells(table, one, goal))
    return [table]


def _cells(table: Table, one: Estimate, goal: str) -> Iterator[str]:
    yield f"{one.estimated:,.0f}"
    yield f"{one.simulated:,.0f}"
    error = f"{one.error:+.1%}"
    yield table.judged(error, abs(one.error) <= WITHIN) if goal in _JUDGED else error
    yield f"{median(one.layer_errors):.1%}"
    yield f"{max(one.layer_errors):.1%}"

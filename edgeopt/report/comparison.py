"""Comparisons: one model under several runtimes of this computer, and reports of deployments side by side."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

from edgeopt.contest import Found
from edgeopt.convert import Score
from edgeopt.energy import MEASURED, Quantity
from edgeopt.report.differences import Difference
from edgeopt.report.proof import Accuracy
from edgeopt.report.results import Analysis, Deployment
from edgeopt.report.view import Shown

_CPU_INFO = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class ComparisonRow:
    """One form of the model under one runtime. Agreement is with the first row's outputs, in real values."""

    runtime: str
    model: str  # float, binarized, or the type of its inputs
    max_diff: float
    snr_db: float | None  # None: the outputs are the same
    accuracy: Score | None
    latency_ms: Quantity  # the median
    ratio: float  # of the time to the first row's, in the same rounds
    inferences: int  # that were timed
    size_bytes: int
    size_of: str  # what these bytes are


@dataclass(frozen=True)
class OnBoard:
    """What the generated C would take on a board, before anything is built."""

    board: str
    flash_bytes: Mapping[str, int | None]
    ram_bytes: Mapping[str, int | None]
    latency_ms: Quantity
    energy_uj: Quantity


@dataclass(frozen=True)
class Comparison(Shown):
    """`edgeopt compare` of a model."""

    model: str
    computer: str
    data: str
    samples: int
    rows: tuple[ComparisonRow, ...]
    on_board: OnBoard | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunRow:
    """One deployment, as its report.json has it."""

    run: str  # the path that was given
    model: str
    model_sha256: str
    board: str
    target: str
    goal: str
    toolchain: str
    accuracy: Accuracy | None
    outputs_equal: bool
    macs: int
    flash_bytes: Mapping[str, int]
    ram_bytes: Mapping[str, int]
    cycles: Quantity
    latency_ms: Quantity
    power_mw: Quantity
    energy_uj: Quantity
    binary_macs: int = 0


@dataclass(frozen=True)
class RunComparison(Shown):
    """`edgeopt compare` of deployments: side by side, and each against the first."""

    runs: tuple[RunRow, ...] = field(default=())
    differences: tuple[Difference, ...] = ()
    unlike: tuple[str, ...] = ()  # what is not alike, in words


def comparison_rows(found: Sequence[Found]) -> tuple[ComparisonRow, ...]:
    source = f"median, one thread of {computer()}"
    return tuple(
        ComparisonRow(
            row.contender.runtime,
            row.contender.model,
            row.max_diff,
            row.snr_db if isfinite(row.snr_db) else None,
            row.score,
            Quantity(row.milliseconds, MEASURED, source),
            row.ratio,
            row.inferences,
            row.contender.size_bytes,
            row.contender.size_of,
        )
        for row in found
    )


def on_board(analysis: Analysis) -> OnBoard:
    return OnBoard(analysis.board, analysis.flash_bytes, analysis.ram_bytes, analysis.latency_ms, analysis.energy_uj)


def run_row(path: Path, deployment: Deployment) -> RunRow:
    return RunRow(
        run=path.as_posix(),
        model=deployment.model,
        model_sha256=deployment.model_sha256,
        board=deployment.board,
        target=deployment.target,
        goal=deployment.goal,
        toolchain=f"{deployment.toolchain} {deployment.optimization}",
        accuracy=deployment.accuracy,
        outputs_equal=deployment.validation.identical == deployment.validation.samples,
        macs=deployment.macs,
        flash_bytes=deployment.flash_bytes,
        ram_bytes=deployment.ram_bytes,
        cycles=deployment.cycles,
        latency_ms=deployment.latency_ms,
        power_mw=deployment.power_mw,
        energy_uj=deployment.energy_uj,
        binary_macs=deployment.binary_macs,
    )


def computer() -> str:
    """The processor's name, as Linux has it, else as Python does."""
    try:
        lines = _CPU_INFO.read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names and names[0] else platform.processor() or platform.machine() or "this computer"

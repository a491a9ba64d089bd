"""What `edgeopt battery` gives, and the inference that it takes from what another verb found."""

from dataclasses import dataclass
from pathlib import Path

from edgeopt.energy import MEASURED, BatteryLife, ClockRow, InferenceRate, Quantity
from edgeopt.errors import UsageError
from edgeopt.report.document import load_any
from edgeopt.report.measuring import Measured
from edgeopt.report.powering import MeasuredEnergy
from edgeopt.report.results import Analysis, BoardFacts, Deployment, Latency, ProgramReport, RunReport
from edgeopt.report.view import Shown, view_of_type

_HINT = "give a deployment, or what `edgeopt analyze`, `run` or `measure` printed with --json"


@dataclass(frozen=True)
class BatteryReport(Shown):
    """`edgeopt battery`: the life, the rate for a life that is wanted, the clock settings of the board side by side."""

    inference: str  # where latency and currents are from, in words
    life: BatteryLife
    rate: InferenceRate | None = None  # None: no life was asked for
    clocks: tuple[ClockRow, ...] = ()  # empty: no board, or its file knows one clock


@dataclass(frozen=True)
class Inference:
    """One inference on a board, as another verb found it; what that did not find is None."""

    board: str
    latency_ms: Quantity | None
    cycles: Quantity | None
    power_mw: Quantity | None = None  # only where it was measured: else the board's figures say as much
    facts: BoardFacts | None = None  # what its board file said
    energy: MeasuredEnergy | None = None  # as a power meter found it


def read_inference(path: Path) -> Inference:
    """The inference of what `deploy` wrote, or `analyze`, `run` or `measure` printed with --json; UsageError else."""
    kinds = {view_of_type(kind).schema: kind for kind in (Deployment, Analysis, RunReport, ProgramReport, Measured)}
    found: object = load_any(
        path, kinds, "give a deployment, or what `edgeopt analyze --json`, `run --json` or `measure --json` printed"
    )
    return inference_of(found)


def inference_of(found: object) -> Inference:
    """The inference of a result of `analyze`, `deploy` or `run`."""
    if isinstance(found, Analysis | Deployment):
        power = found.power_mw if found.power_mw.kind == MEASURED else None
        return Inference(found.board, found.latency_ms, found.cycles, power, found.board_facts)
    if isinstance(found, RunReport):
        return Inference(found.board, _median(found.latency_ms), found.cycles)
    if isinstance(found, Measured):
        if len(found.boards) != 1:
            raise UsageError(f"the measurement is of {len(found.boards)} boards", "give that of one board")
        board = found.boards[0]
        return Inference(board.board, _median(board.latency_ms), None, energy=board.energy)
    assert isinstance(found, ProgramReport)
    return Inference(found.board, None, found.cycles)


def _median(timed: Latency | None) -> Quantity | None:
    return None if timed is None else Quantity(timed.value, timed.kind, f"{timed.source}, median of {timed.n}")

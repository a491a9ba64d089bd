"""What `edgeopt battery` gives, and the inference that it takes from what another verb found."""

from dataclasses import dataclass
from pathlib import Path

from edgeopt.energy import ENDS, MEASURED, BatteryLife, ClockRow, InferenceRate, Quantity, spread
from edgeopt.errors import UsageError
from edgeopt.report.document import load_any
from edgeopt.report.measuring import Measured
from edgeopt.report.powering import MeasuredEnergy, TraceReport
from edgeopt.report.results import Analysis, BoardFacts, Deployment, Latency, ProgramReport, RunReport
from edgeopt.report.view import Shown, view_of_type

_HINT = "give a deployment, or what `edgeopt analyze --json`, `run --json`, `measure --save` or `trace --save` gave"


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

    board: str  # "": a power trace does not tell
    latency_ms: Quantity | None
    cycles: Quantity | None
    power_mw: Quantity | None = None  # only where it was measured: else the board's figures say as much
    facts: BoardFacts | None = None  # what its board file said
    energy: MeasuredEnergy | None = None  # as a power meter found it


def read_inference(path: Path) -> Inference:
    """The inference of what `deploy` wrote, or another verb printed with --json; UsageError else."""
    types = (Deployment, Analysis, RunReport, ProgramReport, Measured, TraceReport)
    found: object = load_any(path, {view_of_type(kind).schema: kind for kind in types}, _HINT)
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
    if isinstance(found, TraceReport):
        return _of_trace(found)
    assert isinstance(found, ProgramReport)
    return Inference(found.board, None, found.cycles)


def _of_trace(found: TraceReport) -> Inference:
    """By the meter's clock: the inferences of a window follow each other with nothing between."""
    energy = found.energy
    rate = None if energy is None else energy.inferences_per_s
    if energy is None or rate is None or rate.value is None or not energy.windows:
        raise UsageError(
            f"`{found.file}` was not cut into windows of inferences",
            "edgeopt trace FILE --line 0 --inferences N --save trace.json",
        )
    milliseconds = (1e3 / rate.at(end) for end in ENDS)
    return Inference("", spread(milliseconds, rate.kind, f"{rate.source}: window / inferences"), None, energy=energy)


def _median(timed: Latency | None) -> Quantity | None:
    return None if timed is None else Quantity(timed.value, timed.kind, f"{timed.source}, median of {timed.n}")

"""Saved traces, looked at and analysed anew: `trace`."""

import json
import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path

from edgeopt.convert import check_place, write_atomically
from edgeopt.errors import EdgeoptError, MeterError, UsageError
from edgeopt.power.analysis import analyse, expected_of
from edgeopt.power.foreign_trace import ForeignOptions, ForeignTrace, read_foreign
from edgeopt.power.found import EnergyFound, Integral
from edgeopt.power.framing import FORMAT
from edgeopt.power.integrate import integrate
from edgeopt.power.method import energy_of
from edgeopt.power.tracefile import Trace, memory_trace, read_trace
from edgeopt.power.window import Cut, Window
from edgeopt.power.windows import Cuts, windows_by_line
from edgeopt.report.document import dumps, load_any
from edgeopt.report.measuring import Measured, MeasuredBoard
from edgeopt.report.powering import EnergyWindow, LineEdges, MeasuredEnergy, TraceReport, energy_report, meter_facts
from edgeopt.report.view import view_of_type

_SPAN = re.compile(r"(?P<begin>[0-9.eE+-]+):(?P<end>[0-9.eE+-]+)")
_CUTS: dict[str, Cut] = {"edges": "edges", "host clock": "host clock", "given": "given"}
_HEAD_BYTES = 4096
_LEAST_V, _MOST_V = 0.1, 60.0


@dataclass(frozen=True)
class Windows:
    """What of a trace is wanted. `spans` and `idle`: BEGIN:END in seconds of the trace; `run`: a saved measurement."""

    line: int | None = None
    inferences: int | None = None
    spans: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    run: Path | None = None

    @property
    def ways(self) -> list[str]:
        """The options that say where the windows are."""
        given = {"--window": self.spans, "--windows-of": self.run, "--line": self.line is not None}
        return [name for name, value in given.items() if value]


def trace(
    file: Path,
    *,
    windows: Windows | None = None,
    supply_v: float | None = None,
    columns: Sequence[str] = (),
    recording: int | None = None,
    save: Path | None = None,
) -> TraceReport:
    """What a trace holds, and the energy of windows of it, cut anew.

    file:      what `measure` kept, an instrument's CSV, or another format that edgeopt knows.
    windows:   where they are; left out: where the trace itself tells them, if it does.
    supply_v:  the supply voltage, where the samples bring none; in the place of the trace's own.
    columns:   of a CSV whose header does not tell: NAME=COLUMN[:UNIT], as `time=1:ms`, `current=I main:mA`, `line0=4`.
    recording: which, of a file that holds several; the first is 1.
    save:      a file for the result's JSON.

    UsageError for what is no trace, or what goes with another option; MeterError where no figure can be told.
    """
    windows = windows or Windows()
    if save is not None:
        check_place(save, "trace.json")
    if len(windows.ways) > 1:
        raise UsageError(f"`{windows.ways[0]}` and `{windows.ways[1]}` both say where the windows are", "leave one out")
    opened, marked = _opened(file, supply_v, recording, _named(columns))
    found = _found(opened, marked, windows, file)
    report = _report(file, opened, found)
    if save is not None:
        write_atomically(save, dumps(report).encode() + b"\n")
    return report


def _named(columns: Sequence[str]) -> dict[str, str]:
    named: dict[str, str] = {}
    for text in columns:
        name, equals, column = text.partition("=")
        if not name or not equals or not column or name in named:
            raise UsageError(f"`{text:.40}` names no column", "as in `--column time=1:ms --column current=2:mA`")
        named[name] = column
    return named


def _opened(
    file: Path, supply_v: float | None, recording: int | None, columns: Mapping[str, str]
) -> tuple[Trace, tuple[Window, ...]]:
    """The trace, and the windows that a foreign file marks."""
    if supply_v is not None and not _LEAST_V <= supply_v <= _MOST_V:
        raise UsageError(f"a supply of {supply_v:g} V cannot be", f"from {_LEAST_V:g} to {_MOST_V:g} V")
    if file.suffix == ".eotrace" or is_trace(file):
        if recording not in (None, 1):
            raise UsageError(f"`{file}` holds one recording", "leave `--recording` out")
        if columns:
            raise UsageError(f"`{file}` is a trace of edgeopt's, and no CSV", "leave `--column` out")
        return _supplied(read_trace(file), supply_v), ()
    one = _one_of(read_foreign(file, ForeignOptions(supply_v=supply_v, columns=columns)), recording, file)
    return _supplied(memory_trace(one.info, one.blocks), supply_v), one.windows


def is_trace(file: Path) -> bool:
    """Whether it begins as one of edgeopt's own; UsageError where it cannot be read."""
    try:
        with file.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except OSError as error:
        raise UsageError(f"cannot read `{file}`: {error.strerror or error}", "is the path right?") from None
    return head.startswith(b"{") and json.dumps(FORMAT).encode() in head


def _one_of(traces: Sequence[ForeignTrace], recording: int | None, file: Path) -> ForeignTrace:
    if recording is None and len(traces) > 1:
        names = ", ".join(f"{number} {one.name}" for number, one in enumerate(traces[:9], 1))
        raise UsageError(f"`{file}` holds {len(traces)} recordings: {names}", "say which: --recording 1")
    number = recording or 1
    if not 1 <= number <= len(traces):
        raise UsageError(f"`{file}` has no recording {number}", f"it has {len(traces)}")
    return traces[number - 1]


def _supplied(trace: Trace, supply_v: float | None) -> Trace:
    """The trace with another supply voltage, for samples that bring none."""
    if supply_v is None:
        return trace
    given = copy(trace)
    given.info = replace(trace.info, supply_v=supply_v, supply_source="given with --supply-v")
    return given


def _found(trace: Trace, marked: Sequence[Window], wanted: Windows, file: Path) -> EnergyFound | None:
    """What is known of the windows; None where nothing says where they are."""
    idle = tuple(_span(text, f"idle {number}", 0) for number, text in enumerate(wanted.idle, 1))
    each = wanted.inferences
    if wanted.run is not None:
        return _found_again(trace, _energy_of(wanted.run, file), each, idle)
    if wanted.spans:
        spans = [_span(text, f"window {number}", each or 1) for number, text in enumerate(wanted.spans, 1)]
        return energy_of(trace, spans, idle)
    expected = expected_of(trace)
    if expected and each is None:
        return analyse(trace, expected, wanted.line or 0)
    if wanted.line is not None:
        cuts = windows_by_line(trace, wanted.line, each or 1)
        return energy_of(trace, cuts.windows, idle, None, cuts.warnings)
    if marked:
        counted = [replace(one, inferences=each or one.inferences or 1) for one in marked]
        return energy_of(trace, counted, idle)
    if each is not None or idle:
        raise UsageError("nothing says where the windows are", "give --line, --window BEGIN:END or --windows-of RUN")
    return None


def _found_again(trace: Trace, energy: MeasuredEnergy, each: int | None, idle: tuple[Window, ...]) -> EnergyFound:
    cuts = Cuts(
        tuple(_window(one, each) for one in energy.windows), idle or tuple(_window(one, None) for one in energy.idle)
    )
    return energy_of(trace, cuts.windows, cuts.idle)


def _energy_of(run: Path, file: Path) -> MeasuredEnergy:
    """Of the board in a saved measurement whose trace this is, or of its only one with windows."""
    schema = view_of_type(Measured).schema
    measured: Measured = load_any(run, {schema: Measured}, "give what `edgeopt measure --save` wrote")
    boards = [board for board in measured.boards if board.energy is not None and board.energy.windows]
    named = [board for board in boards if _names(board, run, file)]
    chosen = named or boards
    if len(chosen) != 1:
        what = "no windows of energy" if not chosen else f"{len(chosen)} boards with windows, none of this trace"
        raise UsageError(f"`{run}` has {what}", "give the measurement that this trace was kept with")
    energy = chosen[0].energy
    assert energy is not None
    return energy


def _names(board: MeasuredBoard, run: Path, file: Path) -> bool:
    trace = board.energy.trace if board.energy is not None else None
    return trace is not None and (run.parent / trace).resolve() == file.resolve()


def _window(saved: EnergyWindow, inferences: int | None) -> Window:
    if saved.inferences < 0 or not saved.begin_s < saved.end_s or saved.end_error_s < 0 or (saved.board_s or 1.0) <= 0:
        raise UsageError(f"{saved.name:.40} of the measurement cannot be", "give what `edgeopt measure --save` wrote")
    count = inferences if inferences is not None and saved.inferences else saved.inferences
    cut = _CUTS.get(saved.cut, "given")
    return Window(saved.name, saved.begin_s, saved.end_s, count, cut, saved.end_error_s, saved.board_s)


def _span(text: str, name: str, inferences: int) -> Window:
    match = _SPAN.fullmatch(text.strip())
    try:
        begin_s, end_s = (float(match[key]) for key in ("begin", "end")) if match else (1.0, 0.0)
    except ValueError:
        begin_s, end_s = 1.0, 0.0
    if not 0 <= begin_s < end_s < float("inf"):
        raise UsageError(f"`{text:.40}` is no window", "give its begin and end in seconds of the trace: 9.367:20.787")
    return Window(name, begin_s, end_s, inferences, "given", 0.0)


def _report(file: Path, trace: Trace, found: EnergyFound | None) -> TraceReport:
    try:
        whole = integrate(trace, trace.begin_s, trace.duration_s)
    except MeterError:  # the supply is not known, or there is no sample
        whole = None
    info = trace.info
    energy = None if found is None else energy_report(found, file.name)
    return TraceReport(
        file=file.as_posix(),
        label=info.label,
        meter=meter_facts(info),
        duration_s=trace.duration_s,
        samples=trace.samples,
        lost=trace.lost,
        saturated=0 if whole is None else whole.saturated,
        supply_v=_mean_v(whole, info.supply_v) if found is None else found.supply_v,
        energy_mj=None if whole is None else whole.joules * 1e3,
        mean_mw=None if whole is None else whole.mean_w * 1e3,
        least_mw=None if whole is None else whole.least_w * 1e3,
        most_mw=None if whole is None else whole.most_w * 1e3,
        edges=_edges(trace),
        energy=energy,
        partial=trace.partial,
    )


def _mean_v(whole: Integral | None, told_v: float | None) -> float | None:
    """As it was measured, weighed with the current; else as the trace tells it for all samples."""
    if whole is None or not whole.coulombs or whole.coulombs < 0 or whole.joules <= 0:
        return told_v
    return whole.joules / whole.coulombs


def _edges(trace: Trace) -> tuple[LineEdges, ...]:
    """Of the lines on which there are any."""
    found = []
    for line in range(trace.info.digital_lines):
        try:
            edges = trace.edges(line)
        except EdgeoptError:  # it floats: nobody counts that
            continue
        if len(edges.times_s):
            found.append(LineEdges(line, len(edges.falling_s), len(edges.rising_s)))
    return tuple(found)

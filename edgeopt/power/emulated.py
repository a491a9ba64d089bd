"""`--meter emulated`: what the virtual board does, at its board file's currents, seen through an emulated meter."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from edgeopt.board import Board, Figure
from edgeopt.device.activity import ActiveLink, Activity
from edgeopt.errors import MeterError, UsageError
from edgeopt.power.analysis import analyse, note_of
from edgeopt.power.emulator import EMULATORS, Faults
from edgeopt.power.found import EnergyFound
from edgeopt.power.meter import Meter
from edgeopt.power.plan import Plan, inferences_of
from edgeopt.power.profile import Pieces
from edgeopt.power.session import Looping
from edgeopt.power.stored import WARNING
from edgeopt.power.tracefile import TraceWriter, read_trace
from edgeopt.power.windows import Expected

_AHEAD_S = 1.0  # of rest before all else, in which the meter is set up
_AFTER_S = 0.05  # of what comes after all, so that the last edge is seen
_MOST_AHEAD_S = 64.0
_WINDOW_S = 0.02  # at least: slow meters take a sample a millisecond, and a simulation takes its time
_READ_S = 0.1
_SILENT = 1_000  # reads in a row that bring nothing: the emulated meter hangs


@dataclass(frozen=True)
class Currents:
    """Of the board file. `asleep_a` None: unknown."""

    supply_v: float
    active_a: float
    asleep_a: float | None
    doubt: str  # what they are worth, in words


def currents_of(board: Board) -> Currents:
    """UsageError where the board file does not know what an inference draws."""
    power = board.power
    for key, figure in (("supply_v", power.supply_v), ("active_ma", power.active_ma)):
        if figure.value is None:
            raise UsageError(
                f"an emulated meter has nothing to show: `{key}` of {board.name} is unknown ({figure.source})",
                f"add {key} = {{ value = ..., kind = ..., source = ... }} to [power] of a copy of its board file",
            )
    assert power.supply_v.value is not None and power.active_ma.value is not None
    asleep = None if power.sleep_ua.value is None else power.sleep_ua.value * 1e-6
    words = f"the currents are those of the board file: awake {_told(power.active_ma, 'mA')}"
    words += f", asleep {_told(power.sleep_ua, 'uA')}, and nothing between or besides: a board is measured on a meter"
    return Currents(power.supply_v.value, power.active_ma.value * 1e-3, asleep, words)


def emulate(
    board: Looping, link: object, currents: Currents, kind: str, plan: Plan, path: Path, latency_s: float | None
) -> EnergyFound:
    """One window, no longer than it must be, of a deterministic board, idle before and after; its trace goes to `path`.

    UsageError where the link tells no activity; MeterError where no figure comes of it.
    """
    if not isinstance(link, ActiveLink):
        raise UsageError("this virtual board tells nothing of when it sleeps", "use --on virtual")
    idle_s = plan.idle_s if currents.asleep_a is not None else 0.0
    marks = [link.activity().end_s]
    _rest(link, idle_s, marks)
    count = inferences_of(latency_s or _WINDOW_S, _WINDOW_S)
    looped = board.loop(count, plan.patience_s + 2 * count * (latency_s or 0.0))
    marks.append(link.activity().end_s)
    _rest(link, idle_s, marks)
    board_s = looped.ticks / board.ticks_hz if board.ticks_hz else None
    rows = (("idle before", 0, None), ("window 1", count, board_s), ("idle after", 0, None))
    expected = [
        Expected(name, begin_s - marks[0], end_s - marks[0], inferences, length_s)
        for (name, inferences, length_s), (begin_s, end_s) in zip(rows, pairwise(marks), strict=True)
        if end_s > begin_s
    ]
    activity = link.activity()
    driven = any(change.pin_low for change in activity.changes)
    gate = None if driven else (marks[1] - marks[0], marks[2] - marks[0])
    moved = record_activity(activity, marks[0], expected, currents, kind, path, plan.line, gate)
    found = analyse(read_trace(path), moved, plan.line, 1, latency_s)
    if driven:
        return found
    return replace(found, windows=tuple(replace(w, window=replace(w.window, cut="given")) for w in found.windows))


def profile_of(
    activity: Activity,
    begin_s: float,
    ahead_s: float,
    currents: Currents,
    line: int,
    gate: tuple[float, float] | None = None,
) -> Pieces:
    """What a meter sees of the activity from `begin_s` on, after a rest of `ahead_s`; the pin is on that line.

    `gate`: when that line is low instead, in seconds since `begin_s`, where no pin is driven.
    """
    high = 1 << line
    asleep_a = currents.asleep_a or 0.0
    starts, amps, levels = [0.0], [asleep_a], [high]
    for change in activity.changes:
        at_s = max(change.ticks / activity.hz - begin_s + ahead_s, ahead_s)
        if at_s > starts[-1]:
            starts.append(at_s)
            amps.append(0.0)
            levels.append(0)
        amps[-1] = currents.active_a if change.awake else asleep_a
        levels[-1] = 0 if change.pin_low else high
    times = np.array(starts)
    if gate is None:
        return Pieces(currents.supply_v, times, np.array(amps), np.array(levels, dtype=np.uint8))
    low_s, high_s = gate[0] + ahead_s, gate[1] + ahead_s
    merged = np.unique(np.concatenate((times, [low_s, high_s])))
    drawn = np.array(amps)[np.searchsorted(times, merged, side="right") - 1]
    pin = np.where((merged >= low_s) & (merged < high_s), 0, high).astype(np.uint8)
    return Pieces(currents.supply_v, merged, drawn, pin)


def record_activity(
    activity: Activity,
    begin_s: float,
    expected: Sequence[Expected],
    currents: Currents,
    kind: str,
    path: Path,
    line: int = 0,
    gate: tuple[float, float] | None = None,
) -> list[Expected]:
    """Writes the trace of an emulated meter that saw the activity from `begin_s` on, with what makes it doubtful.

    `expected` is in seconds since then; what is returned is the same by the host clock of the trace. `line`, `gate`: as
    in `profile_of`.
    """
    end_s = activity.end_s - begin_s
    ahead_s = _AHEAD_S
    doubts = [currents.doubt]
    if gate is not None:
        doubts.append("this firmware drives no timestamp pin: the simulation says where the window is, no meter could")
    if currents.asleep_a is None:
        doubts.append("what the board draws asleep is unknown, so idle and net are: add sleep_ua to its board file")
    while True:
        meter = EMULATORS.get(kind)(profile_of(activity, begin_s, ahead_s, currents, line, gate), Faults())
        moved = [replace(one, sent_s=one.sent_s + ahead_s, answered_s=one.answered_s + ahead_s) for one in expected]
        try:
            set_up_s = _record(meter, path, ahead_s + end_s + _AFTER_S, moved, doubts)
        finally:
            meter.close()
        if set_up_s < ahead_s or ahead_s >= _MOST_AHEAD_S:
            return moved
        ahead_s *= 4


def _record(meter: Meter, path: Path, end_s: float, expected: Sequence[Expected], doubts: Sequence[str]) -> float:
    """Records without a thread, so that it is the same every time; when the first sample was taken, of the profile."""
    writer = TraceWriter(path, meter.info)
    set_up_s = 0.0
    try:
        for doubt in doubts:
            writer.note(WARNING + doubt, 0.0)
        for one in expected:
            writer.note(note_of(one), one.answered_s)
        meter.start()
        taken, silent = 0, 0
        while taken < end_s * meter.info.rate_hz:
            blocks = meter.read(_READ_S)
            silent = 0 if blocks else silent + 1
            if silent > _SILENT:
                raise MeterError(f"{meter.info.title} brings no samples", "report this")
            for block in blocks:
                set_up_s = set_up_s or block.host_s - (block.first + block.samples) / meter.info.rate_hz
                writer.append(block)
                taken = block.first + block.samples
        for block in meter.stop():
            writer.append(block)
        writer.end()
    except BaseException:
        writer.abandon()
        raise
    return set_up_s


def _rest(link: ActiveLink, seconds: float, marks: list[float]) -> None:
    if seconds > 0:
        link.pass_time(seconds)
    marks.append(link.activity().end_s)


def _told(figure: Figure, unit: str) -> str:
    if figure.value is None:
        return "unknown"
    ends = f" ({figure.low:g} to {figure.high:g})" if figure.low is not None and figure.high is not None else ""
    return f"{figure.value:g} {unit}{ends}, {figure.kind}"

"""A board on a power meter: `measure --meter`."""

import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from edgeopt import device
from edgeopt.board import Board
from edgeopt.convert import check_place
from edgeopt.device.looping import Looped
from edgeopt.errors import EdgeoptError, UsageError
from edgeopt.pipeline.fleet import OpenLinks, Place
from edgeopt.pipeline.tracing import is_trace
from edgeopt.power.analysis import analyse
from edgeopt.power.choice import MeterChoice, choose_meter
from edgeopt.power.emulated import currents_of, emulate
from edgeopt.power.meter import Meter
from edgeopt.power.plan import Plan
from edgeopt.power.session import EnergySession, Progress, Recorded, settle
from edgeopt.power.trace import TraceInfo
from edgeopt.report.powering import MeasuredEnergy, energy_report, no_energy

TRACE = ".eotrace"


@dataclass(frozen=True)
class Metering:
    """How energy is to be measured, of one place. `trace`: the file to keep; `told`: its name in the result."""

    choice: MeterChoice
    plan: Plan
    trace: Path | None = None
    told: str | None = None


def meterings(
    places: Sequence[Place],
    boards: Mapping[Place, Board],
    meter: str | None,
    plan: Plan,
    save: Path | None,
    trace: Path | None,
) -> dict[Place, Metering]:
    """What each place with a meter is measured with: its own of the fleet's file, else `meter`.

    `save`: the file of the result, beside which the traces are kept; `trace`: the file of the only one's. UsageError
    where two places share a meter, there is none for a trace, or a meter cannot be (see choose_meter).
    """
    wanted = {place: text for place in places if (text := place.meter or meter) is not None}
    if trace is not None and len(wanted) != 1:
        raise UsageError("`--trace` is for the one board with a meter", "use --save, which keeps every trace beside it")
    found: dict[Place, Metering] = {}
    for place, text in wanted.items():
        choice = choose_meter(text, place.target, boards[place])
        if choice.emulates:
            currents_of(boards[place])  # what is unknown is told before anything is measured
        elif any(other.choice.device == choice.device for other in found.values()):
            raise UsageError(f"two boards are on one meter, `{text}`", "each needs its own: `meter` in a --fleet")
        file = trace or _beside(save, place, len(places))
        if file is not None:
            _check_file(file, save, [other.trace for other in found.values()])
        found[place] = Metering(choice, replace(plan, line=choice.line), file, _told(file, save))
    return found


def _check_file(file: Path, save: Path | None, others: Sequence[Path | None]) -> None:
    """UsageError where a trace cannot go there, or would replace what is none."""
    check_place(file, f"run{TRACE}")
    if save is not None and file.resolve() == save.resolve():
        raise UsageError(f"`{file}` cannot be the trace and the result", "give them two names")
    if file in others:
        raise UsageError(f"two boards would have their traces in `{file}`", "give them names that differ in letters")
    if file.is_file() and file.stat().st_size and not is_trace(file):
        raise UsageError(f"`{file}` is there, and is no trace", "name another file, or remove it")


def _beside(save: Path | None, place: Place, places: int) -> Path | None:
    if save is None or (save.exists() and not save.is_file()):
        return None
    of = "" if places == 1 else "." + re.sub(r"[^A-Za-z0-9_-]+", "-", place.name)
    return save.with_name(f"{save.stem}{of}{TRACE}")


def _told(file: Path | None, save: Path | None) -> str | None:
    """The trace's name as the document has it: relative to where that is."""
    if file is None:
        return None
    return file.as_posix() if save is None else Path(os.path.relpath(file, save.parent)).as_posix()


class Bench:
    """One board on one meter. `open` and `then` are what `device.run` takes; `energy` is what was found."""

    def __init__(self, metering: Metering, board: Board, trace: Path, links: OpenLinks, progress: Progress) -> None:
        self.energy: MeasuredEnergy | None = None
        self._metering, self._board, self._trace = metering, board, trace
        self._links, self._progress = links, progress
        self._meter: Meter | None = None

    def open(self, target: str, board: Board, elf: Path | None) -> device.Link:
        """The meter first: it may feed the board."""
        if self._metering.choice.open is not None and self._meter is None:
            self._meter = self._metering.choice.open()
            self._metering.choice.check_line(self._meter.info)
            settle(self._links.pause)
        return self._links.open(target, board, elf)

    def then(self, session: device.Session, link: device.Link, costs: device.Costs) -> str:
        """Measures; why the board ended it early, or "". A meter that fails is told in `energy` alone."""
        latency = costs.latency_ms
        latency_s = None if latency is None else latency.median / 1e3
        if self._meter is None:
            self.energy = self._emulated(session, link, latency_s)
            return ""
        plan, info = self._metering.plan, self._meter.info
        energy = EnergySession(self._meter, self._trace, plan, pause=self._links.pause, progress=self._progress)
        try:
            recorded = energy.record(_Looping(session, self._ticks_hz(session)), latency_s)
        except EdgeoptError as error:
            self._links.check()
            self.energy = no_energy(info, error.message)
            return ""
        self.energy = self._found(recorded, info, latency_s)
        return recorded.board_failure

    def close(self) -> None:
        if self._meter is not None:
            with suppress(EdgeoptError):
                self._meter.close()

    def _ticks_hz(self, session: device.Session) -> int:
        return 0 if self._board.timer.kind == "none" else session.identity.cycles_hz

    def _found(self, recorded: Recorded, info: TraceInfo, latency_s: float | None) -> MeasuredEnergy:
        plan, told = self._metering.plan, self._metering.told
        why = recorded.board_failure or (recorded.meter_failure.message if recorded.meter_failure else "")
        try:
            found = analyse(recorded.trace, recorded.expected, plan.line, plan.windows, latency_s)
        except EdgeoptError as error:
            return no_energy(info, f"{why}; {error.message}" if why else error.message, told)
        report = energy_report(found, f"{self._board.name} with {self._metering.choice.text}", told)
        return replace(report, partial=report.partial or why)

    def _emulated(self, session: device.Session, link: device.Link, latency_s: float | None) -> MeasuredEnergy:
        metering, board = self._metering, self._board
        self._progress("energy window", 0, 1)
        kind, looping = metering.choice.emulates, _Looping(session, self._ticks_hz(session))
        found = emulate(looping, link, currents_of(board), kind, metering.plan, self._trace, latency_s)
        return energy_report(found, f"{board.name} on the virtual board, currents of its board file", metering.told)


@dataclass(frozen=True)
class _Looping:
    """A session as an EnergySession needs it."""

    session: device.Session
    ticks_hz: int  # 0: the board has no counter

    def loop(self, count: int, timeout_s: float) -> Looped:
        return self.session.loop(count, timeout_s)


@contextmanager
def on_bench(metering: Metering, board: Board, links: OpenLinks, progress: Progress) -> Iterator[Bench]:
    """A bench whose meter is closed in any case, and whose trace goes where nobody wants to keep it."""
    with ExitStack() as stack:
        trace = metering.trace
        if trace is None:
            trace = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="edgeopt-"))) / f"run{TRACE}"
        bench = Bench(metering, board, trace, links, progress)
        stack.callback(bench.close)
        yield bench

"""Energy mode: a meter records while the board infers; each window lies between two edges of its timestamp pin."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edgeopt.device.activity import ActiveLink
from edgeopt.errors import EdgeoptError, MeterError, ProtocolError
from edgeopt.mlperf.results import Energy, Run
from edgeopt.mlperf.running import Bench, Windows, first_inputs, inferences_of, timed
from edgeopt.power.analysis import note_of
from edgeopt.power.emulated import Currents, record_activity
from edgeopt.power.found import EnergyFound
from edgeopt.power.meter import Meter
from edgeopt.power.method import energy_of
from edgeopt.power.recorder import Recorder
from edgeopt.power.stored import Trace
from edgeopt.power.tracefile import read_trace
from edgeopt.power.windows import Expected, windows_by_stamps

_IDLE_S = 2.0
_GUARD_S = 0.1  # between what the board does and what counts as idle
_SOONEST_S = 1.0  # that a trial takes longer than one inference: what the line takes then hardly matters
_MOST_TRIED = 100_000
_FACTOR = 8


@dataclass(frozen=True)
class Metered:
    """An open meter, the file of its trace, and the meter's digital line that the timestamp pin is wired to."""

    meter: Meter
    path: Path
    line: int = 0
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep


def measure_energy(bench: Bench, metered: Metered, windows: Windows) -> Energy:
    """Energy an inference of windows of ten seconds, with the board at rest before and after.

    A meter or a board that fails after the first window ends it: what was found is marked partial. MeterError where no
    window has its two edges; ProtocolError where the board's firmware prints its stamps instead. The trace stays.
    """
    inputs = first_inputs(bench)
    inferences, each_s = windows.inferences, 0.0
    if inferences is None:
        each_s = _one_inference_s(bench)
        inferences = inferences_of(each_s)
    recorder = Recorder(metered.meter, metered.path, metered.clock)
    seen: list[Expected] = []
    runs: list[Run] = []
    failure = ""
    recorder.start()
    try:
        seen.append(_rest("idle before", metered))
        for number in range(1, windows.count + 1):
            bench.progress("windows", number - 1, windows.count)
            run = _pinned(timed(bench, inputs, inferences, windows.warmups, each_s))
            runs.append(run)
            seen.append(_expected(_name(number), run))
            if recorder.failure is not None:
                break
        else:
            seen.append(_rest("idle after", metered))
    except EdgeoptError as error:
        if not runs:
            raise
        failure = f"after {len(runs)} of {windows.count} windows: {error.message}"
    finally:
        for one in seen:
            recorder.note(note_of(one))
        trace = recorder.stop()
    if recorder.failure is not None and not runs:
        raise recorder.failure
    bench.progress("windows", windows.count, windows.count)
    try:
        found = found_of(trace, seen, metered.line, windows.count)
    except MeterError:
        if recorder.failure is None:
            raise
        raise recorder.failure from None  # which is why there are no edges
    if failure:
        found = replace(found, partial=failure, warnings=(*found.warnings, failure))
    return Energy(bench.identity, bench.benchmark, _of_windows(runs, found), found)


def emulate_energy(
    bench: Bench, link: object, currents: Currents, kind: str, windows: Windows, path: Path, line: int = 0
) -> Energy:
    """As `measure_energy`, of a virtual board whose activity an emulated meter sees at the board file's currents.

    The board runs first, and the meter then sees what it did: both are deterministic. `windows.inferences` is needed.
    """
    if not isinstance(link, ActiveLink) or windows.inferences is None:
        raise MeterError("an emulated meter is for the virtual board", "use --on virtual")
    inputs = first_inputs(bench)
    idle_s = _IDLE_S if currents.asleep_a is not None else 0.0
    begin_s = link.activity().end_s
    seen: list[Expected] = []
    runs: list[Run] = []

    def rest(name: str) -> None:
        if idle_s:
            link.pass_time(idle_s)
            now_s = link.activity().end_s - begin_s
            seen.append(Expected(name, now_s - idle_s, now_s, 0))

    rest("idle before")
    for number in range(1, windows.count + 1):
        bench.progress("windows", number - 1, windows.count)
        link.pass_time(_GUARD_S)  # so that no edge of the window before is taken for one of this
        sent_s = link.activity().end_s - begin_s
        run = _pinned(timed(bench, inputs, windows.inferences, windows.warmups))
        runs.append(run)
        seen.append(Expected(_name(number), sent_s, link.activity().end_s - begin_s, windows.inferences))
    rest("idle after")
    moved = record_activity(link.activity(), begin_s, seen, currents, kind, path)
    found = found_of(read_trace(path), moved, line, windows.count)
    return Energy(bench.identity, bench.benchmark, _of_windows(runs, found), found)


def found_of(trace: Trace, seen: Sequence[Expected], line: int, asked: int) -> EnergyFound:
    """The windows that the trace still holds, where it is partial."""
    whole = [one for one in seen if one.inferences]
    rests = [one for one in seen if not one.inferences]
    while True:
        try:
            cuts = windows_by_stamps(trace, line, [*whole, *rests])
        except MeterError:
            if not trace.partial or len(whole) <= 1:
                raise
            whole.pop()  # it had begun when the recording ended
        else:
            return energy_of(trace, cuts.windows, cuts.idle, asked, cuts.warnings)


def _one_inference_s(bench: Bench) -> float:
    """How long an inference takes by the host's clock: what many take longer than one."""
    inputs = first_inputs(bench)

    def host_s(inferences: int, each_s: float) -> float:
        inferred = _pinned(timed(bench, inputs, inferences, 0, each_s)).inferred
        return inferred.answered_s - inferred.sent_s

    alone_s, many = host_s(1, 0.0), _FACTOR
    while True:
        longer_s = host_s(many, alone_s) - alone_s
        if longer_s >= _SOONEST_S or many >= _MOST_TRIED:
            return max(longer_s, 1e-6) / (many - 1)
        many *= _FACTOR


def _name(number: int) -> str:
    return f"window {number}"


def _of_windows(runs: Sequence[Run], found: EnergyFound) -> tuple[Run, ...]:
    """The run of each window that has an energy: one that could not be integrated is left out."""
    names = {one.window.name for one in found.windows}
    return tuple(run for number, run in enumerate(runs, 1) if _name(number) in names)


def _pinned(run: Run) -> Run:
    if run.inferred.begin_us is not None:
        raise ProtocolError(
            "the board prints its time stamps instead of moving its pin: it is in performance mode",
            "generate its firmware with --energy-mode",
        )
    return run


def _expected(name: str, run: Run) -> Expected:
    return Expected(name, run.inferred.sent_s, run.inferred.answered_s, run.inferences)


def _rest(name: str, metered: Metered) -> Expected:
    metered.pause(_GUARD_S)
    begin_s = metered.clock()
    metered.pause(_IDLE_S)
    end_s = metered.clock()
    metered.pause(_GUARD_S)
    return Expected(name, begin_s, end_s, 0)

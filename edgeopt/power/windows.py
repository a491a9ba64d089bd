"""Windows of a trace: where the inferences are in it, and where the board rests."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
from numpy.typing import NDArray

from edgeopt.errors import MeterError
from edgeopt.power.clock import Clock, fit_clock
from edgeopt.power.tracefile import Trace
from edgeopt.power.window import Cut, Window

_HOST_SLACK_S = 0.02  # edges may lie so far outside of what the host saw, beyond the clocks' error
_LIKE = 0.2  # share by which a pulse may miss the length that is expected, where the host's clock cannot help
_ONE_EDGE = 0.02  # of a window's length: what the board's clock may be off, where no window with both edges tells it
_BOUNCE_S = 1e-3  # two stamps that follow each other so closely are one
_NO_STAMPS = "is the timestamp pin wired to that line? Pulses of 100 us need 20,000 samples a second"

Times = NDArray[np.float64]


@dataclass(frozen=True)
class Expected:
    """What the board was asked for, in seconds of the host's clock. `inferences` 0: it was left idle.

    `board_s`: how long it took by the board's own clock, None where the board told nothing.
    """

    name: str
    sent_s: float
    answered_s: float
    inferences: int
    board_s: float | None = None

    @property
    def length_s(self) -> float:
        """About: by the board's clock, or no longer than the host waited."""
        return self.board_s if self.board_s else self.answered_s - self.sent_s


@dataclass(frozen=True)
class Cuts:
    """Windows with inferences, idle ones, and what is doubtful about them, one line each."""

    windows: tuple[Window, ...]
    idle: tuple[Window, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pulses:
    """The times at which a line is low, in order: arrays of one length. A half one has NaN for the end not seen."""

    begins_s: Times
    ends_s: Times
    errors_s: Times  # of both ends

    def __len__(self) -> int:
        return len(self.begins_s)


def low_pulses(trace: Trace, line: int) -> Pulses:
    """MeterError where the trace has no such line."""
    edges = trace.edges(line)
    begins = np.where(edges.falls, edges.times_s, np.nan)[edges.falls]
    ends, end_errors = edges.times_s[~edges.falls], edges.errors_s[~edges.falls]
    begin_errors = edges.errors_s[edges.falls]
    if edges.low and len(edges.times_s):  # low from before the trace: its rise is the first edge
        begins, begin_errors = np.concatenate(([np.nan], begins)), np.concatenate(([0.0], begin_errors))
    if len(ends) < len(begins):  # low to the end of the trace
        ends, end_errors = np.concatenate((ends, [np.nan])), np.concatenate((end_errors, [0.0]))
    return Pulses(begins, ends, np.maximum(begin_errors, end_errors))


def windows_by_line(trace: Trace, line: int, inferences: int, least_s: float = 0.0) -> Cuts:
    """Every whole low pulse of `least_s` or longer is a window of so many inferences. MeterError without any."""
    pulses = low_pulses(trace, line)
    long = np.flatnonzero(pulses.ends_s - pulses.begins_s >= max(least_s, 0.0))  # NaN is not
    if not len(long):
        raise MeterError(f"{trace.name}: the digital line {line} is never low and high again", _wiring(line))
    return Cuts(
        tuple(
            Window(
                f"window {number}",
                float(pulses.begins_s[at]),
                float(pulses.ends_s[at]),
                inferences,
                "edges",
                float(pulses.errors_s[at]),
            )
            for number, at in enumerate(long, 1)
        )
    )


def windows_by_gate(trace: Trace, line: int, expected: Sequence[Expected], clock: Clock | None = None) -> Cuts:
    """Windows from a line that is low while the board infers; those that are idle by the host's clock.

    The host's clock says about where each window is, so pulses that are none of them do not matter; without host times
    they are matched in order by their lengths. A window with one edge ends, or begins, by the board's clock. One with
    no edge is cut by the host's clock, with a warning; so are all where the meter has no digital inputs. MeterError
    where no window is found at all, and no host time helps.
    """
    clock = clock or _clock(trace)
    asked = [one for one in expected if one.inferences]
    idle = [one for one in expected if not one.inferences]
    if not trace.info.digital_lines:
        return _without_edges(trace, expected, clock, f"{trace.info.title} has no digital inputs")
    pulses = low_pulses(trace, line)
    if not len(pulses):
        return _without_edges(trace, expected, clock, f"no edges were seen on the digital line {line}")
    found = _matched(trace, pulses, asked, clock)
    ratio = _ratio(found, asked)
    windows: list[Window] = []
    warnings: list[str] = []
    for one, window in zip(asked, found, strict=True):
        if window is None and clock is not None:
            window, warning = _rescued(trace, pulses, one, clock, ratio)
            warnings.append(warning)
        elif window is None:
            warnings.append(f"{one.name} was not found on the digital line {line}")
        if window is not None:
            windows.append(window)
    if not windows:
        raise MeterError(f"{trace.name}: no window was found on the digital line {line}", _wiring(line))
    rests, more = _idle(trace, idle, clock)
    return Cuts(tuple(windows), rests, (*warnings, *more))


def windows_by_stamps(trace: Trace, line: int, expected: Sequence[Expected], clock: Clock | None = None) -> Cuts:
    """Windows between two falling edges each, as MLPerf Tiny stamps them.

    Nothing falls back to the host's clock: what the host waits for holds warm-up runs too. MeterError where a window
    has not its two edges.
    """
    clock = clock or fit_clock(trace)
    edges = trace.edges(line)
    falls, errors = edges.falling_s, edges.errors_s[edges.falls]
    windows: list[Window] = []
    warnings: list[str] = []
    for one in (one for one in expected if one.inferences):
        low, high = _span(one, clock)
        inside = np.flatnonzero((falls >= low) & (falls <= high))
        if len(inside):
            inside = inside[np.concatenate(([True], np.diff(falls[inside]) > _BOUNCE_S))]
        if len(inside) < 2:
            raise MeterError(
                f"{trace.name}: {one.name} has {len(inside)} of its two falling edges on line {line}", _NO_STAMPS
            )
        begin, end = int(inside[0]), int(inside[-1])
        if len(inside) > 2:
            warnings.append(f"{one.name} has {len(inside)} falling edges instead of two: the first and the last count")
        error_s = float(max(errors[begin], errors[end]))
        windows.append(_window(one, float(falls[begin]), float(falls[end]), "edges", error_s))
    rests, more = _idle(trace, [one for one in expected if not one.inferences], clock)
    return Cuts(tuple(windows), rests, (*warnings, *more))


def windows_by_host(trace: Trace, expected: Sequence[Expected], clock: Clock | None = None) -> Cuts:
    """Windows by the host's clock alone. Idle ones are made shorter by its error, so that they lie inside.

    Of a window with inferences the board's own length is put in the middle of what the host waited; where the board
    told none, all of it is the window. `end_error_s` is what that leaves open. MeterError without host times.
    """
    clock = clock or fit_clock(trace)
    windows = [_by_host(trace, one, clock) for one in expected if one.inferences]
    warnings = [
        f"the recording does not hold {one.name}"
        for one, window in zip((one for one in expected if one.inferences), windows, strict=True)
        if window is None
    ]
    rests, more = _idle(trace, [one for one in expected if not one.inferences], clock)
    return Cuts(tuple(window for window in windows if window is not None), rests, (*warnings, *more))


def _clock(trace: Trace) -> Clock | None:
    try:
        return fit_clock(trace)
    except MeterError:
        return None


def _without_edges(trace: Trace, expected: Sequence[Expected], clock: Clock | None, why: str) -> Cuts:
    if clock is None:
        raise MeterError(f"{trace.name}: {why}, and no host times tell where the inferences are", "name the windows")
    cuts = windows_by_host(trace, expected, clock)
    return replace(cuts, warnings=(f"{why}: the windows are cut by the host's clock", *cuts.warnings))


def _span(one: Expected, clock: Clock) -> tuple[float, float]:
    """Where, in seconds of the trace, it must lie."""
    slack_s = clock.error_s + _HOST_SLACK_S
    return clock.trace_s(one.sent_s) - slack_s, clock.trace_s(one.answered_s) + slack_s


def _matched(trace: Trace, pulses: Pulses, asked: Sequence[Expected], clock: Clock | None) -> list[Window | None]:
    found: list[Window | None] = []
    after = -math.inf
    both = trace.info.digital_edges == "both"
    for one in asked:
        low, high = (-math.inf, math.inf) if clock is None else _span(one, clock)
        inside = np.flatnonzero((pulses.begins_s >= max(low, after)) & (pulses.ends_s <= high))
        window = None
        if both and len(inside):
            window = _in_order(pulses, inside, one) if clock is None else _nearest(pulses, inside, one)
        if window is not None:
            after = window.end_s
        found.append(window)
    return found


def _in_order(pulses: Pulses, inside: NDArray[np.intp], one: Expected) -> Window | None:
    lengths = pulses.ends_s[inside] - pulses.begins_s[inside]
    alike = inside[np.abs(lengths / one.length_s - 1) <= _LIKE]
    return _pulse(pulses, int(alike[0]), int(alike[0]), one) if len(alike) else None


def _nearest(pulses: Pulses, inside: NDArray[np.intp], one: Expected) -> Window:
    """The pulse whose length fits best, or all of them as one: a disturbance may cut a window in two."""
    lengths = pulses.ends_s[inside] - pulses.begins_s[inside]
    best = int(inside[np.argmin(np.abs(lengths - one.length_s))])
    alone, whole = _pulse(pulses, best, best, one), _pulse(pulses, int(inside[0]), int(inside[-1]), one)
    return min(alone, whole, key=lambda window: abs(window.seconds - one.length_s))


def _pulse(pulses: Pulses, first: int, last: int, one: Expected) -> Window:
    error_s = float(max(pulses.errors_s[first], pulses.errors_s[last]))
    return _window(one, float(pulses.begins_s[first]), float(pulses.ends_s[last]), "edges", error_s)


def _window(one: Expected, begin_s: float, end_s: float, cut: Cut, error_s: float) -> Window:
    return Window(one.name, begin_s, end_s, one.inferences, cut, error_s, one.board_s)


def _ratio(found: Sequence[Window | None], asked: Sequence[Expected]) -> float | None:
    """The meter's seconds over the board's, by the windows that have both edges."""
    ratios = [
        window.seconds / one.board_s
        for window, one in zip(found, asked, strict=True)
        if window is not None and one.board_s
    ]
    return median(ratios) if ratios else None


def _rescued(
    trace: Trace, pulses: Pulses, one: Expected, clock: Clock, ratio: float | None
) -> tuple[Window | None, str]:
    """A window that has not both of its edges, and what to say of it."""
    low, high = _span(one, clock)
    if one.board_s:
        length_s = one.board_s * (ratio or 1.0)
        error_s = length_s * (trace.info.clock_error if ratio else _ONE_EDGE)
        falls = np.flatnonzero((pulses.begins_s >= low) & (pulses.begins_s <= high - length_s / 2))
        rises = np.flatnonzero((pulses.ends_s <= high) & (pulses.ends_s >= low + length_s / 2))
        begin_s = None
        if len(falls):
            at = int(falls[0])
            begin_s = float(pulses.begins_s[at])
        elif len(rises):
            at = int(rises[-1])
            begin_s = float(pulses.ends_s[at]) - length_s
        if begin_s is not None and _inside(trace, begin_s, begin_s + length_s):
            error_s += float(pulses.errors_s[at])
            window = _window(one, begin_s, begin_s + length_s, "edges", error_s)
            return window, f"{one.name} has one edge only: its length is the board's own"
    window_ = _by_host(trace, one, clock)
    if window_ is None:
        return None, f"the recording does not hold {one.name}"
    return window_, f"{one.name} has no edges: it is cut by the host's clock"


def _by_host(trace: Trace, one: Expected, clock: Clock) -> Window | None:
    begin_s, end_s = clock.trace_s(one.sent_s), clock.trace_s(one.answered_s)
    spare_s = max(end_s - begin_s - one.board_s, 0.0) / 2 if one.board_s else 0.0
    begin_s, end_s = begin_s + spare_s, end_s - spare_s
    if not _inside(trace, begin_s, end_s):
        return None
    return _window(one, begin_s, end_s, "host clock", spare_s + clock.error_s)


def _idle(trace: Trace, expected: Sequence[Expected], clock: Clock | None) -> tuple[tuple[Window, ...], list[str]]:
    windows, warnings = [], []
    for one in expected:
        if clock is None:
            warnings.append(f"{one.name} is left out: no host times tell where it is")
            continue
        begin_s = max(clock.trace_s(one.sent_s) + clock.error_s, trace.begin_s)
        end_s = min(clock.trace_s(one.answered_s) - clock.error_s, trace.duration_s)
        if end_s <= begin_s:
            warnings.append(f"the recording does not hold {one.name}")
        else:  # whatever lies inside of it is idle, so its ends are not off
            windows.append(Window(one.name, begin_s, end_s, 0, "host clock", 0.0))
    return tuple(windows), warnings


def _inside(trace: Trace, begin_s: float, end_s: float) -> bool:
    sample_s = 1 / trace.info.rate_hz
    return begin_s < end_s and begin_s >= trace.begin_s - sample_s and end_s <= trace.duration_s + sample_s


def _wiring(line: int) -> str:
    return f"wire the board's timestamp pin to the meter's digital input {line}, or choose another with `line=`"

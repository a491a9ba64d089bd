"""Windows of a trace: where the inferences are in it, and where the board rests."""

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

import numpy as np
from numpy.typing import NDArray

from edgeopt.errors import MeterError
from edgeopt.power.clock import Clock, fit_clock
from edgeopt.power.expected import Cuts, Expected, Pulses, by_host, by_one_edge, idle_windows, span, window_of
from edgeopt.power.tracefile import Trace
from edgeopt.power.window import Window

__all__ = [
    "Cuts",
    "Expected",
    "Pulses",
    "low_pulses",
    "windows_by_gate",
    "windows_by_host",
    "windows_by_line",
    "windows_by_stamps",
]

_LIKE = 0.2  # share by which a pulse may miss the length that is expected, where the host's clock cannot help
_MOST_STAMPS = 100  # edges near a window; more are noise, not stamps
_RATES = 1e-3  # by which the meter's clock and the host's may differ in rate
_BOUNCE_S = 1e-3  # two stamps that follow each other so closely are one
_NO_STAMPS = "is the timestamp pin wired to that line? Pulses of 100 us need 20,000 samples a second"


def low_pulses(trace: Trace, line: int) -> Pulses:
    """MeterError where the trace has no such line."""
    edges = trace.edges(line)
    begins, begin_errors = edges.falling_s, edges.errors_s[edges.falls]
    ends, end_errors = edges.rising_s, edges.errors_s[~edges.falls]
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
            warnings += [warning] if warning else []
        elif window is None:
            warnings.append(f"{one.name} was not found on the digital line {line}")
        if window is not None:
            windows.append(window)
    if not windows:
        raise MeterError(f"{trace.name}: no window was found on the digital line {line}", _wiring(line))
    rests, more = idle_windows(trace, idle, clock)
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
        low, high = span(one, clock)
        inside = np.flatnonzero((falls >= low) & (falls <= high))
        if len(inside):
            inside = inside[np.concatenate(([True], np.diff(falls[inside]) > _BOUNCE_S))]
        if not 2 <= len(inside) <= _MOST_STAMPS:
            raise MeterError(
                f"{trace.name}: {one.name} has {len(inside)} of its two falling edges on line {line}", _NO_STAMPS
            )
        begin, end = _stamps(falls, inside, one, 2 / trace.info.rate_hz)
        if len(inside) > 2:
            warnings.append(f"{one.name} has {len(inside)} falling edges near it: the two farthest that fit it count")
        error_s = float(max(errors[begin], errors[end]))
        windows.append(window_of(one, float(falls[begin]), float(falls[end]), "edges", error_s))
    rests, more = idle_windows(trace, [one for one in expected if not one.inferences], clock)
    return Cuts(tuple(windows), rests, (*warnings, *more))


def _stamps(falls: NDArray[np.float64], inside: NDArray[np.intp], one: Expected, sample_s: float) -> tuple[int, int]:
    """Which two edges are the stamps: the farthest ones that lie no farther apart than the host waited.

    The clocks' rates are alike, however badly their offset is known, so an edge of the window before or after fits not.
    """
    most_s = (one.answered_s - one.sent_s) * (1 + _RATES) + sample_s
    pairs = [
        (float(falls[end] - falls[begin]), int(begin), int(end))
        for at, begin in enumerate(inside)
        for end in inside[at + 1 :]
    ]
    fitting = [pair for pair in pairs if pair[0] <= most_s] or [min(pairs)]
    _, first, last = max(fitting)
    return first, last


def windows_by_host(trace: Trace, expected: Sequence[Expected], clock: Clock | None = None) -> Cuts:
    """Windows by the host's clock alone. Idle ones are made shorter by its error, so that they lie inside.

    Of a window with inferences the board's own length is put in the middle of what the host waited; where the board
    told none, all of it is the window. `end_error_s` is what that leaves open. MeterError without host times.
    """
    clock = clock or fit_clock(trace)
    windows = [by_host(trace, one, clock) for one in expected if one.inferences]
    warnings = [
        f"the recording does not hold {one.name}"
        for one, window in zip((one for one in expected if one.inferences), windows, strict=True)
        if window is None
    ]
    rests, more = idle_windows(trace, [one for one in expected if not one.inferences], clock)
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


def _matched(trace: Trace, pulses: Pulses, asked: Sequence[Expected], clock: Clock | None) -> list[Window | None]:
    found: list[Window | None] = []
    after = -math.inf
    both = trace.info.digital_edges == "both"
    for one in asked:
        low, high = (-math.inf, math.inf) if clock is None else span(one, clock)
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
    return window_of(one, float(pulses.begins_s[first]), float(pulses.ends_s[last]), "edges", error_s)


def _ratio(found: Sequence[Window | None], asked: Sequence[Expected]) -> float | None:
    """The meter's seconds over the board's, by the windows that have both edges."""
    ratios = [
        window.seconds / one.told_s
        for window, one in zip(found, asked, strict=True)
        if window is not None and one.told_s
    ]
    return median(ratios) if ratios else None


def _rescued(
    trace: Trace, pulses: Pulses, one: Expected, clock: Clock, ratio: float | None
) -> tuple[Window | None, str]:
    """A window that has not both of its edges, and what to say of it."""
    window = by_one_edge(trace, pulses, one, clock, ratio)
    if window is not None:
        both = trace.info.digital_edges == "both"  # else it is that meter's nature
        return window, f"{one.name} has one edge only: its length is the board's own" if both else ""
    window = by_host(trace, one, clock)
    if window is None:
        return None, f"the recording does not hold {one.name}"
    return window, f"{one.name} has no edges: it is cut by the host's clock"


def _wiring(line: int) -> str:
    return f"wire the board's timestamp pin to the meter's digital input {line}, or choose another with `line=`"

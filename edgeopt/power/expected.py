"""What is expected of a board by the host's clock, and windows cut without both of their edges."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edgeopt.power.clock import Clock
from edgeopt.power.tracefile import Trace
from edgeopt.power.window import Cut, Window

_HOST_SLACK_S = 0.02  # edges may lie so far outside of what the host saw, beyond the clocks' error
_ONE_EDGE = 0.02  # of a window's length: what the board's clock may be off, where no window with both edges tells it

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
    def told_s(self) -> float | None:
        """`board_s`, where it is a length."""
        return self.board_s if self.board_s is not None and self.board_s > 0 else None

    @property
    def length_s(self) -> float:
        """About: by the board's clock, or no longer than the host waited."""
        return self.told_s or max(self.answered_s - self.sent_s, 1e-9)


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


def span(one: Expected, clock: Clock) -> tuple[float, float]:
    """Where, in seconds of the trace, it must lie."""
    slack_s = clock.error_s + _HOST_SLACK_S
    return clock.trace_s(one.sent_s) - slack_s, clock.trace_s(one.answered_s) + slack_s


def window_of(one: Expected, begin_s: float, end_s: float, cut: Cut, error_s: float) -> Window:
    return Window(one.name, begin_s, end_s, one.inferences, cut, error_s, one.told_s)


def by_one_edge(trace: Trace, pulses: Pulses, one: Expected, clock: Clock, ratio: float | None) -> Window | None:
    """The board's own length from the edge that was seen; `board_s` None, as nothing has measured that length.

    How far off the other end may be: what the two clocks may differ by, or how it lies to the host's, if that is less.
    """
    if one.told_s is None:
        return None
    low, high = span(one, clock)
    length_s = one.told_s * (ratio or 1.0)
    falls = np.flatnonzero((pulses.begins_s >= low) & (pulses.begins_s <= high - length_s / 2))
    rises = np.flatnonzero((pulses.ends_s <= high) & (pulses.ends_s >= low + length_s / 2))
    if len(falls):
        edge_error_s = float(pulses.errors_s[falls[0]])
        begin_s = float(pulses.begins_s[falls[0]])
        host_s = abs(clock.trace_s(one.answered_s) - begin_s - length_s)
    elif len(rises):
        edge_error_s = float(pulses.errors_s[rises[-1]])
        begin_s = float(pulses.ends_s[rises[-1]]) - length_s
        host_s = abs(begin_s - clock.trace_s(one.sent_s))
    else:
        return None
    clocks_s = length_s * (trace.info.clock_error if ratio else _ONE_EDGE)
    error_s = edge_error_s + min(clocks_s, host_s + clock.error_s + _HOST_SLACK_S)
    if not _inside(trace, begin_s, begin_s + length_s):
        return None
    return replace(window_of(one, begin_s, begin_s + length_s, "edges", error_s), board_s=None)


def by_host(trace: Trace, one: Expected, clock: Clock) -> Window | None:
    """In the middle of what the host waited; None where the recording does not hold it.

    Where the board told no length, or one that cannot be, the commands' way there and back is open too.
    """
    begin_s, end_s = clock.trace_s(one.sent_s), clock.trace_s(one.answered_s)
    spare_s = max(end_s - begin_s - one.told_s, 0.0) / 2 if one.told_s else 0.0
    begin_s, end_s = begin_s + spare_s, end_s - spare_s
    if not _inside(trace, begin_s, end_s):
        return None
    return window_of(one, begin_s, end_s, "host clock", (spare_s or _HOST_SLACK_S) + clock.error_s)


def idle_windows(
    trace: Trace, expected: Sequence[Expected], clock: Clock | None
) -> tuple[tuple[Window, ...], list[str]]:
    windows: list[Window] = []
    warnings: list[str] = []
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

"""The meter's clock against the host's: offset and drift from when samples arrive, and losses that no counter shows."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from edgeopt.errors import MeterError
from edgeopt.power.tracefile import Trace

HOST_ERROR = 100e-6  # of a computer's monotonic clock; a crystal, slewed by the time service
LATENCY_S = 0.05  # the least that a sample may be on its way, at most: assumed where the trace does not tell less
_GROUP_S = 1.5  # the least late of the arrivals of so long is taken for punctual
_AFTER_S = 10.0  # for so long all must be late before samples count as lost: no stall of the host lasts that long
# Less cannot be told from jitter: USB frames take 1 ms of the host's clock, and samples beat against them.
_UNSEEN_S = 1.5e-3
_MOST_PAIRS = 20_000

Times = NDArray[np.float64]


@dataclass(frozen=True)
class Unseen:
    """From `at_s` of the trace on, samples arrive later by `seconds`: so much was sampled and lost unnoticed."""

    at_s: float
    seconds: float


@dataclass(frozen=True)
class Clock:
    """host time = offset_s + trace time * rate (and what was lost unseen before it), to within `error_s`.

    The bound is made of how far the least late arrivals lie from that line, and of the least that a sample may have
    been on its way: no longer than since the meter was started, and at most LATENCY_S.
    """

    offset_s: float
    rate: float
    error_s: float
    unseen: tuple[Unseen, ...] = ()

    def host_s(self, trace_s: float) -> float:
        return self.offset_s + trace_s * self.rate + sum(one.seconds for one in self.unseen if trace_s >= one.at_s)

    def trace_s(self, host_s: float) -> float:
        late_s = 0.0
        for one in self.unseen:
            if (host_s - self.offset_s - late_s) / self.rate >= one.at_s:
                # the trace stands still while what is lost goes by
                late_s = min(late_s + one.seconds, host_s - self.offset_s - one.at_s * self.rate)
        return (host_s - self.offset_s - late_s) / self.rate


def fit_clock(trace: Trace) -> Clock:
    """The line under all arrivals that lies nearest to them: delays are one-sided, so their mean would be off.

    The line's drift is held within what the two clocks may be off. MeterError where the trace tells no two host times.
    """
    pairs = trace.host_times()
    if len(pairs) < 2:
        raise MeterError(f"{trace.name}: no host times, so its clock is not known", "cut it by its edges or by times")
    pairs = _thinned(pairs[np.argsort(pairs[:, 0], kind="stable")])
    times, late = pairs[:, 0], pairs[:, 1] - pairs[:, 0]
    limit = trace.info.clock_error + HOST_ERROR
    unseen = _unseen(times, late, limit, 32 / trace.info.rate_hz)
    for one in unseen:
        late = late - np.where(times > one.at_s, one.seconds, 0.0)
    drift = float(np.clip(_drift(times, late), -limit, limit))
    offset_s = float(np.min(late - drift * times))
    off = late - drift * times - offset_s
    groups = np.array_split(off, max(len(off) // _arrivals(times, _GROUP_S), 1))
    started = trace.started_host_s()
    known = started is not None and started <= offset_s + 1e-6  # else that line is not to be believed
    latency = min(max(offset_s - started, 0.0), LATENCY_S) if known and started is not None else LATENCY_S
    return Clock(offset_s, 1 + drift, latency + max(float(group.min()) for group in groups), unseen)


def _thinned(pairs: Times) -> Times:
    """Of a long trace only the least late arrivals."""
    if len(pairs) <= _MOST_PAIRS:
        return pairs
    late = pairs[:, 1] - pairs[:, 0]
    parts = np.array_split(np.arange(len(pairs)), _MOST_PAIRS // 2)
    return pairs[[int(part[np.argmin(late[part])]) for part in parts]]


def _drift(times: Times, late: Times) -> float:
    """Slope of the edge of the lower hull that lies under the mean time: the sum of the distances is least there."""
    hull: list[int] = []
    for at in range(len(times)):
        while len(hull) >= 2 and _turns_down(times, late, hull[-2], hull[-1], at):
            hull.pop()
        if hull and times[hull[-1]] == times[at]:
            if late[hull[-1]] <= late[at]:
                continue
            hull.pop()
        hull.append(at)
    if len(hull) < 2:
        return 0.0
    edge = min(max(int(np.searchsorted(times[hull], times.mean())), 1), len(hull) - 1)
    begin, end = hull[edge - 1], hull[edge]
    return float((late[end] - late[begin]) / (times[end] - times[begin]))


def _turns_down(times: Times, late: Times, a: int, b: int, c: int) -> bool:
    """Whether b does not lie under the line from a to c."""
    return bool((times[b] - times[a]) * (late[c] - late[a]) <= (late[b] - late[a]) * (times[c] - times[a]))


def _unseen(times: Times, late: Times, limit: float, least_s: float) -> tuple[Unseen, ...]:
    """Steps up in how late the least late arrivals are, that stay: the meter's count fell behind there."""
    group, following = _arrivals(times, _GROUP_S), _arrivals(times, _AFTER_S)
    if len(times) < group + following:
        return ()
    flat = late - _steady(times, late, limit, group) * times
    padded = np.concatenate((flat, np.full(following - 1, np.inf)))
    after = sliding_window_view(padded, following).min(axis=1)  # [i]: the least of i and the next ones
    before = sliding_window_view(flat, group).min(axis=1)  # [i]: the least of i .. i + group - 1
    at = np.arange(group, len(flat) - following * 2 // 3 + 1)  # at the very end too few tell
    steps = after[at] - before[at - group]
    usual = float(np.median(np.abs(steps - np.median(steps))))
    found: list[Unseen] = []
    for index in np.flatnonzero(steps > max(least_s, _UNSEEN_S, 8 * usual)):
        when, seconds = float(times[at[index] - 1]), float(steps[index])
        near = found and at[index] - np.searchsorted(times, found[-1].at_s) <= 2 * group
        if near and seconds > found[-1].seconds:
            found[-1] = Unseen(when, seconds)
        elif not near:
            found.append(Unseen(when, seconds))
    return tuple(found)


def _arrivals(times: Times, seconds: float) -> int:
    """How many arrivals that is, at least 2."""
    return max(round(seconds * (len(times) - 1) / max(float(times[-1] - times[0]), 1e-9)), 2)


def _steady(times: Times, late: Times, limit: float, group: int) -> float:
    """The drift by the median, which steps do not move."""
    parts = np.array_split(np.arange(len(times)), max(len(times) // group, 2))
    low = [int(part[np.argmin(late[part])]) for part in parts]
    spans = np.diff(times[low])
    slopes = np.diff(late[low])[spans > 0] / spans[spans > 0]
    return float(np.clip(np.median(slopes), -limit, limit)) if len(slopes) else 0.0

"""A trace as few enough numbers for a page: what flowed in each of equal steps, at least, at most and on average.

Peaks are exact however long the trace is, and so are the sums over whole steps. A close-up is a second level with a
shorter step where there is something to see.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from edgeopt.power.chunk import Chunk
from edgeopt.power.trace import SATURATED, SUSPECT, TraceInfo

STEPS = 16_384  # of a whole trace: 15 bytes each ...
STEPS_WITH_VOLTS = 12_288  # ... or 19, where the voltage varies
CLOSE_STEPS = 1_024  # of a close-up
LOST = 4  # beside SATURATED and SUSPECT in `Level.flags`
_ROUNDING = 1e-6  # of a step: no sample touches a step by so little

Floats = NDArray[np.float64]


class Traced(Protocol):
    """What is needed of a trace: `edgeopt.power.tracefile.Trace` has it."""

    @property
    def info(self) -> TraceInfo: ...

    @property
    def begin_s(self) -> float: ...

    @property
    def duration_s(self) -> float: ...

    def spans(self, begin_s: float | None = None, end_s: float | None = None) -> Iterator[tuple[Chunk, Floats, Floats]]:
        """Samples with the times from and to which each stands."""
        ...


@dataclass(frozen=True)
class Level:
    """Steps of `step_s` seconds from `begin_s` on; the arrays have a value a step, NaN or 0 where no sample was.

    `least`, `most` and `mean` are amperes, or watts of a meter that tells power only; `watts` is the mean power, None
    where it is not known. `low` and `high`: bit k is set where digital line k was so at some time of the step.
    """

    begin_s: float
    step_s: float
    least: Floats
    most: Floats
    mean: Floats
    watts: Floats | None
    flags: NDArray[np.uint8]
    low: NDArray[np.uint8]
    high: NDArray[np.uint8]

    @property
    def end_s(self) -> float:
        return self.begin_s + self.step_s * len(self.least)

    def joules(self, first: int, last: int) -> float | None:
        """Of the steps first <= i < last; None where the supply is not known."""
        return None if self.watts is None else float(np.nansum(self.watts[first:last])) * self.step_s


@dataclass(frozen=True)
class Pyramid:
    """`is_current`: the values are amperes, else watts. The first of `levels` is the whole trace."""

    is_current: bool
    levels: tuple[Level, ...]

    @property
    def whole(self) -> Level:
        return self.levels[0]


@dataclass(frozen=True)
class _Run:
    """Samples that follow each other in time: sample i stands for edges[i] to edges[i + 1]."""

    edges: Floats
    values: Floats
    watts: Floats | None
    flags: NDArray[np.uint8]
    digital: NDArray[np.uint8] | None


def pyramid_of(trace: Traced, close: Sequence[tuple[float, float]] = ()) -> Pyramid | None:
    """The pyramid of a trace, with close-ups of the stretches `close` (seconds); None of a trace without a sample.

    One pass over the trace, and one over each close-up, a chunk at a time.
    """
    first = next(iter(trace.spans()), None)
    if first is None:
        return None
    chunk, begins, _ = first
    begin_s = float(begins[0])
    end_s = max(trace.duration_s, begin_s + 1 / trace.info.rate_hz)
    whole = _level(trace, (begin_s, end_s), STEPS if chunk.volts is None else STEPS_WITH_VOLTS, all_of_it=True)
    closer = (_level(trace, (max(begin_s, at), min(whole.end_s, to)), CLOSE_STEPS) for at, to in close)
    sample_s = 1 / trace.info.rate_hz
    levels = (whole, *(one for one in closer if sample_s / 2 < one.step_s < whole.step_s / 2))
    return Pyramid(chunk.amps is not None, levels)


def _level(trace: Traced, span_s: tuple[float, float], most_steps: int, all_of_it: bool = False) -> Level:
    begin_s, end_s = span_s
    count = max(1, min(most_steps, round((end_s - begin_s) * trace.info.rate_hz)))
    summing = _Summing(begin_s, max(0.0, end_s - begin_s) / count, count)
    if summing.step_s > 0:
        margin = 2 / trace.info.rate_hz
        spans = trace.spans() if all_of_it else trace.spans(begin_s - margin, end_s + margin)
        for run in _runs(spans, trace.info):
            summing.add(run)
    return summing.level()


class _Summing:
    """A level that grows."""

    def __init__(self, begin_s: float, step_s: float, count: int) -> None:
        self.begin_s, self.step_s, self._count = begin_s, step_s, count
        self._least, self._most = np.full(count, np.inf), np.full(count, -np.inf)
        self._sum, self._seconds, self._joules = np.zeros(count), np.zeros(count), np.zeros(count)
        self._flags, self._low, self._high = (np.zeros(count, np.uint8) for _ in range(3))
        self._has_watts = True

    def add(self, run: _Run) -> None:
        places = (run.edges - self.begin_s) / self.step_s
        first = np.floor(places[:-1] + _ROUNDING).astype(np.int64)
        last = np.maximum(first, np.ceil(places[1:] - _ROUNDING).astype(np.int64) - 1)
        here = (last >= 0) & (first < self._count)
        if not here.any():
            return
        first, last = np.clip(first[here], 0, self._count - 1), np.clip(last[here], 0, self._count - 1)
        self._integrate(run, int(first[0]), int(last[-1]))
        self._mark(first, run, here)
        spread = last > first  # those that stand for more than one step
        if spread.any():
            self._mark_spread(first[spread], last[spread], run, np.flatnonzero(here)[spread])

    def level(self) -> Level:
        seen = self._seconds > 0
        mean = np.full(self._count, np.nan)
        mean[seen] = self._sum[seen] / self._seconds[seen]
        watts = np.full(self._count, np.nan)
        watts[seen] = self._joules[seen] / self._seconds[seen]
        bare = ~np.isfinite(self._least)
        least, most = np.where(bare, np.nan, self._least), np.where(bare, np.nan, self._most)
        found = watts if self._has_watts else None
        return Level(self.begin_s, self.step_s, least, most, mean, found, self._flags, self._low, self._high)

    def _integrate(self, run: _Run, first: int, last: int) -> None:
        steps = slice(first, last + 1)
        edges = self.begin_s + self.step_s * np.arange(first, last + 2)
        edges = np.clip(edges, run.edges[0], run.edges[-1])
        seconds = np.diff(run.edges)
        self._seconds[steps] += np.diff(edges)
        self._sum[steps] += _between(edges, run.edges, run.values * seconds)
        if run.watts is None:
            self._has_watts = False
        else:
            self._joules[steps] += _between(edges, run.edges, run.watts * seconds)

    def _mark(self, first: NDArray[np.int64], run: _Run, here: NDArray[np.bool_]) -> None:
        """What each sample is, into the step in which it begins; `first` rises."""
        begins = np.flatnonzero(np.concatenate(([True], np.diff(first) > 0)))
        steps = first[begins]
        values = run.values[here]
        self._least[steps] = np.minimum(self._least[steps], np.minimum.reduceat(values, begins))
        self._most[steps] = np.maximum(self._most[steps], np.maximum.reduceat(values, begins))
        self._flags[steps] |= np.bitwise_or.reduceat(run.flags[here], begins)
        if run.digital is not None:
            self._high[steps] |= np.bitwise_or.reduceat(run.digital[here], begins)
            self._low[steps] |= np.bitwise_or.reduceat(~run.digital[here], begins)

    def _mark_spread(
        self, first: NDArray[np.int64], last: NDArray[np.int64], run: _Run, samples: NDArray[np.intp]
    ) -> None:
        for begin, end, sample in zip(first, last, samples, strict=True):
            steps = slice(int(begin) + 1, int(end) + 1)
            value = run.values[sample]
            self._least[steps] = np.minimum(self._least[steps], value)
            self._most[steps] = np.maximum(self._most[steps], value)
            self._flags[steps] |= run.flags[sample]
            if run.digital is not None:
                self._high[steps] |= run.digital[sample]
                self._low[steps] |= ~run.digital[sample]


def _between(edges: Floats, times: Floats, parts: Floats) -> Floats:
    """The sum of `parts`, which lie between `times`, from each edge to the next."""
    return np.diff(np.interp(edges, times, np.concatenate(([0.0], np.cumsum(parts)))))


def _runs(spans: Iterable[tuple[Chunk, Floats, Floats]], info: TraceInfo) -> Iterator[_Run]:
    """The samples, and between two of them one that stands for what got lost there."""
    before: _Samples | None = None
    for chunk, begins, ends in spans:
        samples = _samples(chunk, begins, ends, info)
        yield _bridged(samples if before is None else _joined(before, samples), own=0 if before is None else 1)
        before = samples


@dataclass(frozen=True)
class _Samples:
    begins: Floats
    ends: Floats
    values: Floats
    watts: Floats | None
    flags: NDArray[np.uint8]
    digital: NDArray[np.uint8] | None


def _samples(chunk: Chunk, begins: Floats, ends: Floats, info: TraceInfo) -> _Samples:
    channel = chunk.amps if chunk.amps is not None else chunk.watts
    assert channel is not None
    values = channel.astype(np.float64)
    watts: Floats | None = values
    if chunk.amps is not None:
        volts = chunk.volts if chunk.volts is not None else info.supply_v
        watts = None if volts is None else values * volts
    flags = np.zeros(len(chunk), np.uint8)
    if chunk.quality is not None:
        flags |= chunk.quality & np.uint8(SATURATED | SUSPECT)
    return _Samples(begins, ends, values, watts, flags, chunk.digital)


def _joined(before: _Samples, after: _Samples) -> _Samples:
    """With the last sample of those before in front."""

    def put(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate((one[-1:], other))

    watts = None if before.watts is None or after.watts is None else put(before.watts, after.watts)
    digital = None if before.digital is None or after.digital is None else put(before.digital, after.digital)
    return _Samples(
        put(before.begins, after.begins),
        put(before.ends, after.ends),
        put(before.values, after.values),
        watts,
        put(before.flags, after.flags),
        digital,
    )


def _bridged(samples: _Samples, own: int) -> _Run:
    """A run of the samples from index `own` on, each gap before them filled with the mean of its two neighbours."""
    gaps = np.flatnonzero(
        samples.begins[1:] - samples.ends[:-1] > _ROUNDING * (samples.ends[:-1] - samples.begins[:-1])
    )
    kept = gaps + 1 - own  # where, among the samples from `own` on, each gap is put

    def filled(values: Floats) -> Floats:
        return np.insert(values[own:], kept, (values[gaps] + values[gaps + 1]) / 2)

    begins = np.insert(samples.begins[own:], kept, samples.ends[gaps])
    digital = samples.digital
    return _Run(
        np.append(begins, samples.ends[-1]),
        filled(samples.values),
        None if samples.watts is None else filled(samples.watts),
        np.insert(samples.flags[own:], kept, np.uint8(LOST)),
        None if digital is None else np.insert(digital[own:], kept, digital[gaps]),
    )

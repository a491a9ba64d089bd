"""Energy of a stretch of a trace, sample by sample, with a bound of what the trace itself leaves open.

The sums are numpy's pairwise ones over each chunk, added exactly: a trace gives the same figures to the bit.
"""

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from edgeopt.errors import MeterError
from edgeopt.power.chunk import Chunk
from edgeopt.power.found import Integral
from edgeopt.power.trace import SATURATED, SUSPECT, TraceInfo
from edgeopt.power.tracefile import Trace

Values = NDArray[np.float64]

_HELD = 3.0  # usual times of a sample, for which it stands at most without any doubt
_NOISE = 3.0  # standard deviations of the sum of the samples' noise
# Many gaps that have nothing to do with what the board did: Hoeffding's inequality for independent errors within
# +-b_i, P(|sum| > t) <= 2 exp(-t^2 / (2 sum b_i^2)), is 1 % here.
_GAPS = math.sqrt(2 * math.log(200))


def integrate(trace: Trace, begin_s: float, end_s: float, end_error_s: float = 0.0) -> Integral:
    """Energy and charge from `begin_s` to `end_s`; samples that an end cuts count by their share.

    Lost samples are bridged by a line between their neighbours. `joules_error` is the sum of: the ends (the largest
    power within `end_error_s` of each, that long, and what a step inside of the cut sample may hide), the gaps (the
    power stayed within the window's extremes) and the noise of the samples. MeterError where the trace does not reach
    that far, or no sample came, or there is no voltage to multiply with.
    """
    sample_s = 1 / trace.info.rate_hz
    if not (math.isfinite(begin_s) and math.isfinite(end_s) and begin_s < end_s):
        raise MeterError(f"no window lies from {begin_s:g} s to {end_s:g} s", "its begin is before its end")
    if begin_s < -sample_s or end_s > trace.duration_s + 1.5 * sample_s:
        raise MeterError(
            f"{trace.name}: the trace of {trace.duration_s:.6g} s does not hold {begin_s:.6g} s to {end_s:.6g} s",
            "record longer, or name a window inside of it",
        )
    sums = _Sums(begin_s, end_s, end_error_s, sample_s)
    reach_s = end_error_s + 2 * sample_s
    before: _Samples | None = None
    for chunk, begins, ends in trace.spans(begin_s - reach_s, end_s + reach_s):
        samples = _samples(chunk, begins, ends, trace.info)
        if before is None:
            sums.outside(begin_s, samples, 0, int(chunk.numbers[0]))
        sums.add(samples if before is None else samples.after(before), own=0 if before is None else 1)
        before = samples
    if before is None or not sums.samples:
        raise MeterError(
            f"{trace.name}: no sample came from {begin_s:.6g} s to {end_s:.6g} s", "look at the meter's connection"
        )
    if before.ends[-1] < end_s:
        sums.outside(end_s, before, -1, 0)
    found = sums.integral()
    if found.coulombs is None and trace.info.supply_v:  # watts at a supply that is held at a known voltage
        return replace(found, coulombs=found.joules / trace.info.supply_v)
    return found


@dataclass(frozen=True)
class _Samples:
    numbers: NDArray[np.int64]
    begins: Values
    ends: Values
    watts: Values
    amps: Values | None
    quality: NDArray[np.uint8] | None

    def after(self, before: "_Samples") -> "_Samples":
        """With the last sample of those before in front."""

        def put(mine: Values, other: Values) -> Values:
            return np.concatenate((other[-1:], mine))

        return _Samples(
            np.concatenate((before.numbers[-1:], self.numbers)),
            put(self.begins, before.begins),
            put(self.ends, before.ends),
            put(self.watts, before.watts),
            None if self.amps is None or before.amps is None else put(self.amps, before.amps),
            None if self.quality is None else np.concatenate((np.zeros(1, dtype=np.uint8), self.quality)),
        )


def _samples(chunk: Chunk, begins: Values, ends: Values, info: TraceInfo) -> _Samples:
    amps = None if chunk.amps is None else chunk.amps.astype(np.float64)
    if amps is None:
        assert chunk.watts is not None
        watts = chunk.watts.astype(np.float64)
    elif chunk.volts is not None:
        watts = amps * chunk.volts.astype(np.float64)
    elif info.supply_v is not None:
        watts = amps * info.supply_v
    else:
        raise MeterError(
            f"{info.title} tells amperes only, and the supply voltage is not known",
            "name the voltage of the board's supply, as in `volts=3.0`",
        )
    return _Samples(chunk.numbers, begins, ends, watts, amps, chunk.quality)


@dataclass
class _Near:
    """The powers about an end of the window."""

    most: float = -math.inf
    least: float = math.inf
    longest_s: float = 0.0

    def see(self, samples: _Samples, low_s: float, high_s: float) -> None:
        part = slice(
            int(np.searchsorted(samples.ends, low_s, side="right")), int(np.searchsorted(samples.begins, high_s))
        )
        if part.stop > part.start:
            watts = samples.watts[part]
            self.most = max(self.most, float(watts.max()))
            self.least = min(self.least, float(watts.min()))
            self.longest_s = max(self.longest_s, float((samples.ends[part] - samples.begins[part]).max()))

    def error_j(self, end_error_s: float) -> float:
        if self.most < self.least:  # nothing but a gap, whose bound is counted there
            return 0.0
        # A step within the cut sample: its share a of the sample was high, and a * (1 - a) <= 1/4 of it is misplaced.
        return end_error_s * max(abs(self.most), abs(self.least)) + self.longest_s * (self.most - self.least) / 4


@dataclass
class _Sums:
    begin_s: float
    end_s: float
    end_error_s: float
    sample_s: float
    joules: list[float] = field(default_factory=list)
    coulombs: list[float] = field(default_factory=list)
    has_amps: bool = True
    samples: int = 0
    lost: float = 0.0
    gap_s: float = 0.0
    gap_s2: float = 0.0
    longest_gap_s: float = 0.0
    saturated: int = 0
    suspect: int = 0
    least_w: float = math.inf
    most_w: float = -math.inf
    steps_w2: float = 0.0
    steps: int = 0
    squares_s2: float = 0.0
    ends: tuple[_Near, _Near] = field(default_factory=lambda: (_Near(), _Near()))

    def add(self, samples: _Samples, own: int) -> None:
        """Samples from index `own` on, and the gaps between all of them."""
        self._gaps(samples)
        for near, at_s in zip(self.ends, (self.begin_s, self.end_s), strict=True):
            reach_s = self.end_error_s + self.sample_s
            near.see(samples, at_s - reach_s, at_s + reach_s)
        first = max(int(np.searchsorted(samples.ends, self.begin_s, side="right")), own)
        last = int(np.searchsorted(samples.begins, self.end_s))
        if last <= first:
            return
        part = slice(first, last)
        watts = samples.watts[part]
        dt = np.minimum(samples.ends[part], self.end_s) - np.maximum(samples.begins[part], self.begin_s)
        self.joules.append(float(np.sum(watts * dt)))
        if samples.amps is None:
            self.has_amps = False
        else:
            self.coulombs.append(float(np.sum(samples.amps[part] * dt)))
        held = dt[dt > _HELD * self.sample_s]
        if len(held):  # an irregular meter told nothing for a while: what it told last stands, its bound is a gap's
            self._gap(float(held.sum()), float(held.max()), 0.0, float(np.sum(held * held)))
        self.samples += last - first
        self.least_w = min(self.least_w, float(watts.min()))
        self.most_w = max(self.most_w, float(watts.max()))
        self.steps_w2 += float(np.sum(np.diff(watts) ** 2))
        self.steps += len(watts) - 1
        self.squares_s2 += float(np.sum(dt * dt))
        if samples.quality is not None:
            self.saturated += int(np.count_nonzero(samples.quality[part] & SATURATED))
            self.suspect += int(np.count_nonzero(samples.quality[part] & SUSPECT))

    def outside(self, at_s: float, samples: _Samples, index: int, lost: int) -> None:
        """From an end of the window to the first or last sample of all, where that comes short: held."""
        begin_s, end_s = sorted((at_s, float((samples.ends if index else samples.begins)[index])))
        length_s = end_s - begin_s
        if (at_s < samples.begins[0] if index == 0 else at_s > samples.ends[-1]) and length_s > 0:
            self._gap(length_s, length_s, min(lost, length_s / self.sample_s))
            self.joules.append(float(samples.watts[index]) * length_s)
            if samples.amps is not None:
                self.coulombs.append(float(samples.amps[index]) * length_s)

    def _gaps(self, samples: _Samples) -> None:
        jumps = np.diff(samples.numbers)
        at = np.flatnonzero(jumps != 1)
        if not len(at):
            return
        begins, ends = samples.ends[at], samples.begins[at + 1]
        low, high = np.maximum(begins, self.begin_s), np.minimum(ends, self.end_s)
        inside = high > low
        at, begins, ends, low, high = (values[inside] for values in (at, begins, ends, low, high))
        if not len(at):
            return
        length = high - low
        # the middle of what lies inside of the window, as a share of the gap: a line's mean is its value there
        share = ((low + high) / 2 - begins) / (ends - begins)
        self.joules.append(_bridged(samples.watts, at, share, length))
        if samples.amps is not None:
            self.coulombs.append(_bridged(samples.amps, at, share, length))
        lost = float(np.sum((jumps[at] - 1) * length / (ends - begins)))
        self._gap(float(np.sum(length)), float(length.max()), lost, float(np.sum(length * length)))

    def _gap(self, total_s: float, longest_s: float, lost: float, squares_s2: float | None = None) -> None:
        self.gap_s += total_s
        self.gap_s2 += total_s * total_s if squares_s2 is None else squares_s2
        self.longest_gap_s = max(self.longest_gap_s, longest_s)
        self.lost += lost

    def integral(self) -> Integral:
        span_w = self.most_w - self.least_w
        gaps = span_w * min(self.gap_s, _GAPS * math.sqrt(self.gap_s2))
        # Half the mean square of the steps from sample to sample: the noise's variance, and more where the power moves.
        variance = self.steps_w2 / (2 * self.steps) if self.steps else 0.0
        noise = _NOISE * math.sqrt(variance * self.squares_s2)
        ends = sum(near.error_j(self.end_error_s) for near in self.ends)
        return Integral(
            seconds=self.end_s - self.begin_s,
            joules=math.fsum(self.joules),
            coulombs=math.fsum(self.coulombs) if self.has_amps else None,
            joules_error=gaps + noise + ends,
            samples=self.samples,
            lost=round(self.lost),
            longest_gap_s=self.longest_gap_s,
            saturated=self.saturated,
            suspect=self.suspect,
            least_w=self.least_w,
            most_w=self.most_w,
        )


def _bridged(values: Values, at: NDArray[np.intp], share: Values, length: Values) -> float:
    before, after = values[at], values[at + 1]
    return float(np.sum((before + (after - before) * share) * length))

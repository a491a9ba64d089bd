"""The pyramid of a trace: exact peaks, and sums that are those of the integral, however the samples come."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from support.power_results import INFO, TRACE, TRACE_PARTS, made, trace_of

from edgeopt.power.integrate import integrate
from edgeopt.power.trace import SATURATED, SUSPECT, Block
from edgeopt.power.tracefile import Trace, memory_trace
from edgeopt.report.pyramid import LOST, STEPS, Level, pyramid_of


def whole_of(trace: Trace) -> Level:
    found = pyramid_of(trace)
    assert found is not None
    return found.whole


def test_peaks_of_each_step_are_those_of_its_samples() -> None:
    whole = whole_of(TRACE)
    kept = np.flatnonzero(TRACE_PARTS.keep)
    times = (kept + 0.5) / INFO.rate_hz
    steps = ((times - whole.begin_s) / whole.step_s).astype(int)
    assert len(whole.least) == STEPS, "more samples than steps"
    for sample, step in zip(kept, steps, strict=True):
        assert whole.least[step] <= TRACE_PARTS.amps[sample] <= whole.most[step]
    assert np.nanmax(whole.most) == np.float32(0.05) == TRACE_PARTS.amps[7_123]
    assert np.nanmin(whole.least) == TRACE_PARTS.amps[kept].min()


def test_sums_are_those_of_the_integral(rng: np.random.Generator) -> None:
    whole = whole_of(TRACE)
    for _ in range(20):
        first, last = sorted(rng.choice(len(whole.least) + 1, 2, replace=False))
        begin_s, end_s = whole.begin_s + first * whole.step_s, whole.begin_s + last * whole.step_s
        exact = integrate(TRACE, begin_s, end_s)
        # an end within a gap of lost samples: the pyramid holds the gap's mean, the integral a line
        slack = 1e-9 * exact.joules + (4e-6 if last - first < 4_000 else 2e-6) * exact.joules + 1e-7
        assert whole.joules(first, last) == pytest.approx(exact.joules, abs=slack), (first, last)
        assert exact.coulombs is not None
        flow = float(np.nansum(whole.mean[first:last])) * whole.step_s
        assert flow == pytest.approx(exact.coulombs, abs=slack)
    exact = integrate(TRACE, whole.begin_s, whole.end_s)
    assert whole.joules(0, len(whole.least)) == pytest.approx(exact.joules, rel=1e-9)


def test_lost_saturated_and_doubtful_samples_and_lines_are_marked() -> None:
    whole = whole_of(TRACE)

    def at(sample: int) -> int:
        return int(((sample + 0.5) / INFO.rate_hz - whole.begin_s) / whole.step_s)

    assert whole.flags[at(4_230)] == LOST
    assert whole.flags[at(9_020)] & SATURATED and whole.flags[at(12_000)] & SUSPECT
    assert not whole.flags[at(2_000)] & (SATURATED | SUSPECT)
    assert whole.high[at(100)] & 1 and not whole.low[at(100)] & 1
    assert whole.low[at(5_500)] & 1 and not whole.high[at(5_500)] & 1
    lost = np.flatnonzero(~TRACE_PARTS.keep)
    assert all(whole.flags[at(sample)] & LOST for sample in lost)
    assert not (whole_of(trace_of(made(lost=0.0))).flags[: at(4_000)] & LOST).any()


def test_a_close_up_has_shorter_steps_and_the_same_sums() -> None:
    # 28,000 samples in 16,384 steps are nearly all that there is: a longer trace has something to see closer
    amps = np.tile(TRACE_PARTS.amps, 5)
    trace = memory_trace(INFO, [Block(at, amps[at : at + 9_999]) for at in range(0, len(amps), 9_999)])
    found = pyramid_of(trace, close=((1.0, 1.1), (0.0, trace.duration_s), (1.0, 1.00004)))
    assert found is not None
    assert len(found.levels) == 2, "one that is no closer than the whole, or closer than the samples, is left out"
    close = found.levels[1]
    assert close.step_s < found.whole.step_s / 2 and close.begin_s == 1.0
    exact = integrate(trace, 1.0, 1.1)
    assert close.joules(0, len(close.least)) == pytest.approx(exact.joules, rel=1e-9)
    assert np.nanmax(close.most) == amps[10_000:11_000].max()


@pytest.mark.parametrize("seed", range(4))
def test_irregular_traces_and_watts_and_volts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    print("seed", seed)
    count = 3_000
    times = np.cumsum(rng.uniform(0.5e-3, 3e-3, count))
    values = rng.uniform(0.001, 0.02, count).astype(np.float32)
    volts = rng.uniform(2.9, 3.1, count).astype(np.float32)
    info = replace(INFO, rate_hz=600.0, supply_v=None, digital_lines=0)
    cuts = [0, 700, 701, 2_000, count]

    def block(a: int, b: int, power: bool) -> Block:
        part = values[a:b]
        if power:
            return Block(a, None, watts=part, times_s=times[a:b])
        return Block(a, part, volts=volts[a:b], times_s=times[a:b])

    for power in (False, True):
        trace = memory_trace(info, [block(a, b, power) for a, b in itertools.pairwise(cuts)])
        found = pyramid_of(trace)
        assert found is not None and found.is_current is not power
        whole = found.whole
        exact = integrate(trace, whole.begin_s, whole.end_s)
        assert whole.joules(0, len(whole.least)) == pytest.approx(exact.joules, rel=1e-6)
        assert np.nanmax(whole.most) == values.max() and np.nanmin(whole.least) == values.min()


def test_without_a_supply_there_is_current_and_no_power() -> None:
    whole = whole_of(trace_of(TRACE_PARTS, replace(INFO, supply_v=None)))
    assert whole.watts is None and whole.joules(0, 10) is None
    assert np.nanmax(whole.most) == np.float32(0.05)


def test_few_samples_and_none() -> None:
    assert pyramid_of(memory_trace(INFO, [])) is None
    one = whole_of(memory_trace(INFO, [Block(0, np.array([0.01], np.float32))]))
    assert len(one.least) == 1 and one.least[0] == one.most[0] == np.float32(0.01)
    late = whole_of(memory_trace(INFO, [Block(500, np.array([0.01, 0.02], np.float32))]))
    assert late.begin_s == 0.05 and np.isfinite(late.mean).all()


def test_a_step_that_no_sample_begins_in_has_the_value_that_stands_there() -> None:
    info = replace(INFO, rate_hz=1_000.0)
    times = np.array([0.0, 0.001, 0.5, 0.501])  # half a second without a sample: the second one stands until then
    blocks = [Block(0, np.array([1, 2, 3, 4], np.float32), times_s=times)]
    whole = whole_of(memory_trace(info, blocks))
    middle = len(whole.least) // 2
    assert whole.least[middle] == whole.most[middle] == 2 and whole.mean[middle] == pytest.approx(2)

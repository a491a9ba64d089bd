"""The clock fit: offset and drift from below, and losses that the samples' numbers do not show."""

from dataclasses import replace

import numpy as np
import pytest
from support.power_scene import INFO

from edgeopt.errors import MeterError
from edgeopt.power.clock import LATENCY_S, Clock, Unseen, fit_clock
from edgeopt.power.stored import START, Note
from edgeopt.power.trace import Block
from edgeopt.power.tracefile import Trace, memory_trace

PPK2 = replace(INFO, rate_hz=100_000.0)
EVERY = 1000  # samples of a block


def arriving(
    seed: int,
    seconds: float,
    drift: float = 0.0,
    least_s: float = 0.001,
    jitter_s: float = 0.002,
    unseen: tuple[tuple[float, int], ...] = (),
    stalls: tuple[tuple[float, float], ...] = (),
) -> Trace:
    """Blocks of a meter whose clock is `drift` slow, in USB frames of 1 ms; true time and host time differ by 100 s.

    `unseen`: (time, samples) that get lost without a trace. `stalls`: nothing is read from the first to the second.
    """
    rng = np.random.default_rng(seed)
    made: list[Block] = []
    at, missing, before = 0, 0, 0.0
    for first in range(0, int(seconds * PPK2.rate_hz), EVERY):
        true_s = (first + EVERY) / PPK2.rate_hz * (1 + drift)
        host_s = np.ceil((true_s + least_s + rng.exponential(jitter_s)) * 1000) / 1000
        for begin, end in stalls:
            host_s = max(host_s, end) if begin <= host_s < end else host_s
        before = max(before, host_s)  # what is read later arrived later
        missing += sum(count for lost_s, count in unseen if 0 <= true_s - lost_s < EVERY / PPK2.rate_hz)
        count = EVERY - min(missing, EVERY)
        missing -= EVERY - count
        if count:
            made.append(Block(at, np.ones(count, np.float32), host_s=100 + before))
        at += count
    return memory_trace(PPK2, made, [Note(START, 99.999)])


@pytest.mark.parametrize("seconds", [2.0, 20.0, 90.0])
@pytest.mark.parametrize("drift", [-40e-6, 0.0, 45e-6])
def test_offset_and_drift_within_the_bound(seconds: float, drift: float) -> None:
    for seed in range(5):
        trace = arriving(seed, seconds, drift)
        clock = fit_clock(trace)
        assert not clock.unseen, f"seed {seed}"
        for at_s in (0.0, seconds / 2, seconds):
            true_host = 100 + at_s * (1 + drift)
            assert abs(clock.host_s(at_s) - true_host) <= clock.error_s, f"seed {seed} at {at_s}"
            assert clock.trace_s(clock.host_s(at_s)) == pytest.approx(at_s, abs=1e-9)
        assert clock.error_s < 0.006
        if seconds > 60:
            assert clock.rate - 1 == pytest.approx(drift, abs=15e-6)


def test_a_mean_would_be_off_where_the_lower_envelope_is_not() -> None:
    trace = arriving(1, 30.0, jitter_s=0.02)
    pairs = trace.host_times()
    mean = float(np.mean(pairs[:, 1] - pairs[:, 0]))
    clock = fit_clock(trace)
    assert abs(mean - 100.001) > 3 * abs(clock.host_s(15.0) - 115.001)


@pytest.mark.parametrize("lost", [192, 640, 6400])
def test_a_loss_that_a_counter_of_64_cannot_see(lost: int) -> None:
    """Multiples of 64 samples of 10 us, behind a jitter of milliseconds: the least late of many tell."""
    for seed in range(10):
        trace = arriving(seed, 40.0, 30e-6, jitter_s=0.001, unseen=((17.0, lost),))
        assert trace.lost == 0
        clock = fit_clock(trace)
        assert len(clock.unseen) == 1, f"seed {seed}"
        assert clock.unseen[0].at_s == pytest.approx(17.0, abs=1.0)
        assert clock.unseen[0].seconds == pytest.approx(lost * 1e-5, rel=0.5)
        after = 35.0  # of the trace: the host is later by what was lost
        assert abs(clock.host_s(after) - 100 - (after + lost * 1e-5) * (1 + 30e-6)) <= clock.error_s


def test_two_losses() -> None:
    clock = fit_clock(arriving(2, 60.0, unseen=((15.0, 192), (40.0, 512))))
    assert [round(one.at_s / 5) for one in clock.unseen] == [3, 8]


def test_a_host_that_stalls_has_lost_nothing() -> None:
    for seed in range(5):
        assert not fit_clock(arriving(seed, 60.0, stalls=((20.0, 20.5), (30.0, 34.0)))).unseen, f"seed {seed}"


def test_no_false_alarm_in_ordinary_jitter() -> None:
    for seed in range(30):
        for jitter_s in (0.0002, 0.002, 0.02):
            assert not fit_clock(arriving(seed, 15.0, 40e-6, jitter_s=jitter_s)).unseen, f"seed {seed} {jitter_s}"


def test_the_clock_of_the_trace_stands_still_while_samples_are_lost() -> None:
    clock = Clock(offset_s=100.0, rate=1.0, error_s=0.0, unseen=(Unseen(10.0, 2.0), Unseen(20.0, 1.0)))
    assert [clock.host_s(at) for at in (9.0, 10.0, 19.0, 20.0)] == [109.0, 112.0, 121.0, 123.0]
    assert [clock.trace_s(at) for at in (109.0, 111.0, 112.0, 121.0, 122.5, 124.0)] == [
        9.0,
        10.0,
        10.0,
        19.0,
        20.0,
        21.0,
    ]


def test_the_bound_knows_when_sampling_began() -> None:
    blocks = [Block(1000 * i, np.ones(1000, np.float32), host_s=200.01 + 0.01 * i) for i in range(500)]
    assert fit_clock(memory_trace(PPK2, blocks)).error_s == pytest.approx(LATENCY_S)
    known = fit_clock(memory_trace(PPK2, blocks, [Note(START, 199.998)]))
    assert known.error_s == pytest.approx(0.002, abs=1e-6)


def test_a_trace_without_host_times() -> None:
    with pytest.raises(MeterError, match="no host times"):
        fit_clock(memory_trace(INFO, [Block(0, np.ones(10, np.float32))]))
    with pytest.raises(MeterError, match="no host times"):
        fit_clock(memory_trace(INFO, []))

"""Integration: exact where the trace is, and a bound that covers what it leaves open."""

import math
from dataclasses import replace

import numpy as np
import pytest
from support.power_scene import INFO, Flaws, info_at, recorded, scene

from edgeopt.errors import MeterError
from edgeopt.power.integrate import integrate
from edgeopt.power.trace import SATURATED, SUSPECT, Block
from edgeopt.power.tracefile import Trace, memory_trace

SLOW = info_at(10.0)  # a sample is 0.1 s


def trace_of(*amps: float, **channels: np.ndarray) -> Trace:
    return memory_trace(SLOW, [Block(0, np.array(amps, np.float32), **channels)])


def lossy(kept: list[tuple[int, list[float]]]) -> Trace:
    return memory_trace(SLOW, [Block(first, np.array(amps, np.float32)) for first, amps in kept])


def test_whole_samples() -> None:
    found = integrate(trace_of(1, 2, 3, 4), 0.0, 0.4)
    assert found.joules == pytest.approx(3.0, rel=1e-15) and found.coulombs == pytest.approx(1.0, rel=1e-15)
    assert (found.samples, found.lost, found.seconds, found.least_w, found.most_w) == (4, 0, 0.4, 3.0, 12.0)
    assert found.mean_w == pytest.approx(7.5)


def test_a_cut_sample_counts_by_its_share() -> None:
    found = integrate(trace_of(1, 2, 3, 4), 0.05, 0.325)
    assert found.joules == pytest.approx(3 * (0.05 * 1 + 0.1 * 2 + 0.1 * 3 + 0.025 * 4))
    inside = integrate(trace_of(1, 2, 3, 4), 0.12, 0.14)
    assert inside.joules == pytest.approx(3 * 0.02 * 2) and inside.samples == 1


def test_energy_is_not_mean_times_time() -> None:
    """Volts and amperes that move against each other: the product of the means is off by a third."""
    found = integrate(trace_of(1, 3, volts=np.array([3, 1], np.float32)), 0.0, 0.2)
    assert found.joules == pytest.approx(0.1 * 3 + 0.1 * 3) and found.coulombs == pytest.approx(0.4)


def test_lost_samples_are_bridged_by_a_line() -> None:
    found = integrate(lossy([(0, [1.0]), (4, [5.0, 5.0])]), 0.0, 0.6)
    assert found.joules == pytest.approx(3 * (0.1 + 0.3 * 3.0 + 1.0))
    assert (found.samples, found.lost) == (3, 3) and found.longest_gap_s == pytest.approx(0.3)
    assert found.joules_error >= 0.3 * 12.0, "anything from the least to the most may have flowed there"


def test_an_end_within_a_gap() -> None:
    """The line from 1 A at 0.1 s to 5 A at 0.4 s; the window takes it from 0.25 s on."""
    found = integrate(lossy([(0, [1.0]), (4, [5.0, 5.0])]), 0.25, 0.6)
    assert found.joules == pytest.approx(3 * (0.15 * (3.0 + 5.0) / 2 + 1.0)) and found.lost == 2  # 1.5 of them
    both = lossy([(0, [1.0, 1.0]), (4, [2.0]), (7, [4.0, 4.0])])
    assert integrate(both, 0.35, 0.6).joules == pytest.approx(3 * (0.05 * (1.75 + 2) / 2 + 0.2 + 0.1 * (2 + 3) / 2))


def test_what_was_lost_before_the_first_sample_is_held() -> None:
    found = integrate(lossy([(3, [2.0, 2.0, 4.0])]), 0.0, 0.6)
    assert found.joules == pytest.approx(3 * (0.5 * 2 + 0.1 * 4)) and found.lost == 3


@pytest.mark.parametrize(
    ("begin", "end", "coulombs"),
    [
        (1.25, 1.75, 0.25 * (2.5 + 3) / 2 + 0.75),
        (0.25, 0.75, 0.25 + 0.25 * (1 + 1.5) / 2),
        (0.25, 1.75, 0.25 + 2.0 + 0.75),
    ],
)
def test_a_gap_between_chunks_at_an_end_of_the_window(begin: float, end: float, coulombs: float) -> None:
    """1 A to 0.5 s, then nothing, 3 A from 1.5 s on; each is written as chunks of its own."""
    blocks = [Block(0, np.ones(500, np.float32)), Block(1500, np.full(600, 3, np.float32))]
    trace = memory_trace(info_at(1000.0), blocks)
    assert len(list(trace.chunks())) >= 2
    found = integrate(trace, begin, end)
    assert found.coulombs == pytest.approx(coulombs, rel=1e-9)
    assert found.lost == pytest.approx((min(end, 1.5) - max(begin, 0.5)) * 1000, abs=1)


def test_an_end_just_after_the_last_sample_holds_it() -> None:
    """By half a sample, as an edge that was seen with the last one may lie."""
    found = integrate(trace_of(1, 2, 4), 0.0, 0.35)
    assert found.joules == pytest.approx(3 * (0.1 + 0.2 + 0.4 + 0.05 * 4)) and found.longest_gap_s == pytest.approx(
        0.05
    )


def test_gaps_between_chunks_are_bridged_too() -> None:
    """A chunk holds 16,384 samples at most, and half a second."""
    info = info_at(1000.0)
    ramp = np.arange(30_000, dtype=np.float32) / 1000
    blocks = [Block(first, ramp[first : first + 490]) for first in range(0, 30_000, 500)]
    found = integrate(memory_trace(info, blocks), 1.2345, 28.7654)
    # a sample stands for what begins with it, so the line that it makes lies half a sample early
    exact = 3 * ((28.7654**2 - 1.2345**2) / 2 - 0.0005 * (28.7654 - 1.2345))
    assert found.joules == pytest.approx(exact, rel=1e-6) and abs(found.lost - 550) <= 10


@pytest.mark.parametrize("lost", [0.0, 0.02, 0.3])
@pytest.mark.parametrize("rate_hz", [1e3, 1e4, 1e5])
def test_a_known_profile_within_the_bound(rate_hz: float, lost: float) -> None:
    made = scene(seed=5, windows=2, window_s=0.5)
    trace = recorded(made, info_at(rate_hz), Flaws(noise_a=1e-4, lost=lost), seed=7)
    for begin, end, _ in made.spans:
        found, exact = integrate(trace, begin, end), made.profile.energy_j(begin, end)
        assert abs(found.joules - exact) <= found.joules_error < 0.1 * exact
        assert found.lost == pytest.approx(lost * (end - begin) * rate_hz, rel=0.5, abs=3)


def test_random_windows_within_the_bound() -> None:
    made = scene(seed=2, windows=2, window_s=0.3, idle_s=0.1)
    trace = recorded(made, info_at(5e3), Flaws(lost=0.001))
    rng = np.random.default_rng(11)
    for _ in range(300):
        begin, end = np.sort(rng.random(2) * (made.end_s - 0.01))
        if end - begin > 0.002:
            found = integrate(trace, begin, end)
            exact = made.profile.energy_j(begin, end)  # a sample is a float32, to 6e-8
            assert abs(found.joules - exact) <= found.joules_error + 6e-8 * exact, (begin, end)


def test_ends_that_are_off_cost_the_power_about_them() -> None:
    trace = trace_of(1, 1, 1, 5, 5, 5, 5, 1, 1, 1)
    sharp, blunt = integrate(trace, 0.3, 0.7), integrate(trace, 0.3, 0.7, end_error_s=0.02)
    assert blunt.joules_error - sharp.joules_error == pytest.approx(2 * 0.02 * 15)
    for shift in (-0.02, 0.02):
        moved = integrate(trace, 0.3 + shift, 0.7 - shift)
        assert abs(moved.joules - sharp.joules) <= blunt.joules_error


def test_noise_falls_with_the_number_of_samples() -> None:
    rng = np.random.default_rng(3)
    errors = []
    for count in (1000, 100_000):
        amps = (1 + rng.normal(0, 0.01, count)).astype(np.float32)
        found = integrate(memory_trace(info_at(1e5), [Block(0, amps)]), 0, count / 1e5)
        errors.append(found.joules_error / found.joules)
        assert abs(found.joules / (3 * count / 1e5) - 1) < errors[-1]
    assert errors[0] / errors[1] == pytest.approx(10, rel=0.6)


def test_watts() -> None:
    watts = memory_trace(SLOW, [Block(0, None, np.array([1, 2], np.float32))])
    found = integrate(watts, 0, 0.2)
    assert found.joules == pytest.approx(0.3) and found.coulombs == pytest.approx(0.1)  # at the 3 V that are known
    unknown = memory_trace(replace(SLOW, supply_v=None), [Block(0, None, np.array([1, 2], np.float32))])
    assert integrate(unknown, 0, 0.2).coulombs is None and integrate(unknown, 0, 0.2).joules == found.joules


def test_amperes_without_a_voltage() -> None:
    trace = memory_trace(replace(SLOW, supply_v=None), [Block(0, np.ones(5, np.float32))])
    with pytest.raises(MeterError, match="supply voltage is not known"):
        integrate(trace, 0, 0.5)


def test_irregular_samples_stand_until_the_next() -> None:
    times = np.array([0.0, 0.1, 0.5, 0.6])
    trace = memory_trace(SLOW, [Block(0, np.array([1, 2, 3, 4], np.float32), times_s=times)])
    found = integrate(trace, 0.0, 0.7)
    assert found.joules == pytest.approx(3 * (0.1 + 0.8 + 0.3 + 0.4)) and found.lost == 0
    assert found.longest_gap_s == pytest.approx(0.4) and found.joules_error >= 0.4 * (12 - 3), "it was silent for long"


def test_irregular_samples_with_a_loss() -> None:
    blocks = [
        Block(0, np.array([1, 2], np.float32), times_s=np.array([0.0, 0.1])),
        Block(5, np.array([4, 4], np.float32), times_s=np.array([0.5, 0.6])),
    ]
    found = integrate(memory_trace(SLOW, blocks), 0.0, 0.7)
    assert found.joules == pytest.approx(3 * (0.1 + 0.2 + 0.3 * 3 + 0.4 + 0.4)) and found.lost == 3


def test_doubtful_samples_are_counted_within_the_window_only() -> None:
    quality = np.array([SATURATED, 0, SATURATED | SUSPECT, SUSPECT, 0, SATURATED], np.uint8)
    found = integrate(trace_of(1, 1, 1, 1, 1, 1, quality=quality), 0.1, 0.5)
    assert (found.saturated, found.suspect) == (1, 2)


@pytest.mark.parametrize(
    ("begin", "end", "what"),
    [
        (0.2, 0.2, "no window"),
        (0.3, 0.2, "no window"),
        (math.nan, 0.2, "no window"),
        (0.0, math.inf, "no window"),
        (-0.2, 0.3, "does not hold"),
        (0.3, 0.9, "does not hold"),
    ],
)
def test_windows_that_are_none(begin: float, end: float, what: str) -> None:
    with pytest.raises(MeterError, match=what):
        integrate(trace_of(1, 1, 1, 1, 1, 1), begin, end)


def test_a_window_in_which_everything_was_lost() -> None:
    with pytest.raises(MeterError, match="no sample came from"):
        integrate(lossy([(0, [1.0]), (9, [1.0])]), 0.2, 0.8)
    with pytest.raises(MeterError, match="does not hold"):
        integrate(memory_trace(INFO, []), 0.0, 1.0)

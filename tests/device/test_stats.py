"""RunStats and Costs: the arithmetic of repeated runs, against values worked out by hand."""

import math

import numpy as np
import pytest

from edgeopt.device import Costs, RunStats
from edgeopt.device.stats import percentile, runs_needed, wilson

SEED = 1940


def test_one_run_has_no_spread() -> None:
    stats = RunStats.of([5.0])
    assert (stats.n, stats.median, stats.min, stats.mean, stats.max) == (1, 5.0, 5.0, 5.0, 5.0)
    assert (stats.p90, stats.p99, stats.variation, stats.median_interval, stats.outliers) == (
        None,
        None,
        None,
        None,
        (),
    )


def test_ranks_are_values_that_occurred() -> None:
    stats = RunStats.of([float(value) for value in range(100, 0, -1)])
    assert (stats.n, stats.median, stats.p90, stats.p99, stats.max) == (100, 50.5, 90.0, 99.0, 100.0)
    assert RunStats.of([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).p90 == 9


@pytest.mark.parametrize(("percent", "runs"), [(50, 2), (90, 10), (95, 20), (99, 100)])
def test_a_percentile_needs_a_run_beyond_it(percent: int, runs: int) -> None:
    assert runs_needed(percent) == runs
    ordered = list(range(runs))
    assert percentile(ordered, percent) == runs - 2
    assert percentile(ordered[:-1], percent) is None


# Table of K. R. Nair, Sankhya 4 (1940) 551, as Dixon and Massey have it: n, k, and the confidence in per cent.
NAIR = [
    (6, 1, 96.9),
    (8, 1, 99.2),
    (9, 2, 96.1),
    (10, 2, 97.9),
    (20, 6, 95.9),
    (44, 16, 95.1),
    (58, 22, 95.2),
    (65, 25, 95.4),
]


@pytest.mark.parametrize(("n", "rank", "confidence"), NAIR)
def test_the_interval_of_the_median_is_the_tables(n: int, rank: int, confidence: float) -> None:
    interval = RunStats.of([float(value) for value in range(1, n + 1)]).median_interval
    assert interval is not None
    assert (interval.low, interval.high) == (rank, n + 1 - rank)
    assert 100 * interval.confidence == pytest.approx(confidence, abs=0.06)


def test_five_runs_give_no_interval() -> None:
    assert RunStats.of([1, 2, 3, 4, 5]).median_interval is None


def test_the_interval_holds_the_median_as_often_as_it_says() -> None:
    """Of a distribution with a long tail, whose median is log 2."""
    print(f"seed {SEED}")
    random = np.random.default_rng(SEED)
    found = [RunStats.of(random.exponential(size=20).tolist()).median_interval for _ in range(4_000)]
    held = sum(one is not None and one.low <= math.log(2) <= one.high for one in found) / len(found)
    assert held == pytest.approx(0.9586, abs=4 * math.sqrt(0.9586 * 0.0414 / len(found)))


def test_outliers_are_shown_and_stay_in() -> None:
    values = [10.0, 10.2, 9.9, 10.1, 10.0, 15.0, 10.1, 9.8, 4.0, 10.0]
    stats = RunStats.of(values)
    assert [(one.run, one.value) for one in stats.outliers] == [(5, 15.0), (8, 4.0)]
    assert [one.over_median for one in stats.outliers] == pytest.approx([0.5, -0.6])
    assert (stats.n, stats.max, stats.min, stats.mean) == (10, 15.0, 4.0, pytest.approx(9.91))


def test_one_tick_is_no_outlier() -> None:
    """Where most runs take the same number of ticks the quartiles are equal, and any other run would stand out."""
    ticks = [100.0] * 20 + [101.0, 99.0, 103.0]
    assert [one.value for one in RunStats.of(ticks, resolution=1.0).outliers] == [103.0]
    assert [one.value for one in RunStats.of(ticks).outliers] == [101.0, 99.0, 103.0]
    in_ms = [value / 3e3 for value in ticks]
    assert [one.run for one in RunStats.of(in_ms, resolution=1 / 3e3).outliers] == [22]


def test_few_runs_have_no_outliers() -> None:
    assert RunStats.of([1, 1, 1, 1, 1, 1, 50]).outliers == ()


def test_wilsons_interval() -> None:
    """Against the formula worked out for z = 1.959964: hits of n."""
    none, some, all_ = wilson(0, 100), wilson(5, 100), wilson(100, 100)
    assert none is not None and (none.low, none.high) == (0.0, pytest.approx(0.0369935, abs=1e-6))
    assert some is not None and (some.low, some.high) == (pytest.approx(0.0215437), pytest.approx(0.1117505, abs=1e-6))
    assert all_ is not None and (all_.low, all_.high) == (pytest.approx(1 - 0.0369935, abs=1e-6), 1.0)
    assert wilson(0, 0) is None


def test_variation_is_the_sample_deviation_over_the_mean() -> None:
    stats = RunStats.of([2, 4, 4, 4, 5, 5, 7, 9])  # mean 5, squares 32 over 7
    assert stats.variation == pytest.approx(math.sqrt(32 / 7) / 5)
    assert RunStats.of([3, 3, 3]).variation == 0
    assert RunStats.of([0, 0]).variation == 0


def test_no_runs_have_no_statistics() -> None:
    with pytest.raises(ValueError, match="no runs"):
        RunStats.of([])


def test_cycles_become_milliseconds() -> None:
    costs = Costs(cycles_hz=120_000_000, cold_cycles=600_000, cycles=(240_000, 120_000, 360_000))
    assert costs.cold_latency_ms == pytest.approx(5)
    assert costs.latency_ms is not None and costs.latency_ms.median == pytest.approx(2)
    assert Costs(cycles_hz=1).latency_ms is None and Costs(cycles_hz=1).cold_latency_ms is None

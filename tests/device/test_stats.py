"""RunStats and Costs: the arithmetic of repeated runs, against values worked out by hand."""

import math

import pytest

from edgeopt.device import Costs, RunStats


def test_one_run_has_no_spread() -> None:
    assert RunStats.of([5.0]) == RunStats(n=1, median=5.0, p90=5.0, p99=5.0, max=5.0, variation=None)


def test_ranks_are_values_that_occurred() -> None:
    stats = RunStats.of([float(value) for value in range(100, 0, -1)])
    assert (stats.n, stats.median, stats.p90, stats.p99, stats.max) == (100, 50.5, 90.0, 99.0, 100.0)
    assert RunStats.of([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).p90 == 9
    assert RunStats.of([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).p99 == 10
    assert RunStats.of([1, 2, 3]).p90 == 3


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

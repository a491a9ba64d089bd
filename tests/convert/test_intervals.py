"""Confidence intervals: figures that were published, and how often they hold the truth."""

import math

import numpy as np
import pytest

from edgeopt.convert.intervals import paired_difference, ratio_of_norms, wilson


@pytest.mark.parametrize(
    ("successes", "samples", "low", "high"),
    # R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_published(successes: int, samples: int, low: float, high: float) -> None:
    assert wilson(successes, samples) == pytest.approx((low, high), abs=5e-5)
    assert wilson(samples - successes, samples) == pytest.approx((1 - high, 1 - low), abs=5e-5)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    # M. W. Fagerland, S. Lydersen, P. Laake, Statistics in Medicine 33 (2014), 2850-2875: airway hyper-responsiveness
    [((1, 1, 7, 12), -0.507, -0.026)],
)
def test_paired_difference_as_published(counts: tuple[int, int, int, int], low: float, high: float) -> None:
    assert paired_difference(*counts) == pytest.approx((low, high), abs=5e-4)


def test_paired_difference_changes_its_sign_with_the_order() -> None:
    low, high = paired_difference(80, 9, 4, 7)
    assert paired_difference(80, 4, 9, 7) == pytest.approx((-high, -low))
    assert low < 0.05 < high


def test_models_that_are_wrong_together_are_told_apart_more_closely() -> None:
    """Both right for 90 of 100: on the same ten misses the difference is known better than on twenty different ones."""
    same, other = paired_difference(900, 0, 0, 100), paired_difference(800, 100, 100, 0)
    assert same[1] - same[0] < other[1] - other[0]
    assert same[0] < 0 < same[1]


@pytest.mark.parametrize("samples", [30, 200])
def test_coverage(samples: int, rng: np.random.Generator) -> None:
    """Of 3,000 experiments at least 93 % hold the true difference, at accuracies and losses as they are met."""
    for both, first, second in ((0.9, 0.05, 0.02), (0.6, 0.2, 0.05), (0.97, 0.01, 0.01)):
        counts = rng.multinomial(samples, [both, first, second, 1 - both - first - second], 3000)
        held = [low <= first - second <= high for low, high in (paired_difference(*map(int, row)) for row in counts)]
        assert np.mean(held) >= 0.93
        shares = [wilson(int(row[0]), samples) for row in counts]
        assert np.mean([low <= both <= high for low, high in shares]) >= 0.92


def test_bootstrap_of_a_relative_error(rng: np.random.Generator) -> None:
    """Of 200 experiments about 95 % hold the true ratio; the same samples give the same interval."""
    held = 0
    for _ in range(200):
        sizes = rng.uniform(1, 3, 150)
        errors = sizes * 0.01 * rng.chisquare(4, 150) / 4
        low, high = ratio_of_norms(errors, sizes)
        held += low <= 0.1 <= high
    assert held >= 180
    assert ratio_of_norms(errors, sizes) == (low, high)
    point = math.sqrt(errors.sum() / sizes.sum())
    assert low < point < high


def test_bootstrap_without_spread_or_size() -> None:
    assert ratio_of_norms(np.array([1.0]), np.array([4.0])) == (0.0, math.inf)
    assert ratio_of_norms(np.ones(5), np.zeros(5)) == (0.0, math.inf)
    assert ratio_of_norms(np.full(9, 1.0), np.full(9, 4.0)) == (0.5, 0.5)

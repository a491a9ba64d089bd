"""95 % confidence intervals: of one proportion, of the difference of two on the same samples, of a ratio of sums."""

from __future__ import annotations

from math import sqrt

import numpy as np

from edgeopt.ir import Array

Interval = tuple[float, float]
_Z = 1.959963984540054  # the normal distribution's 97.5 % quantile
_RESAMPLES = 2_000
_SEED = 0  # the same samples give the same interval
_CHUNK_VALUES = 1 << 22  # resampled indices in memory at a time


def wilson(successes: int, samples: int) -> Interval:
    """Of the proportion `successes` / `samples`: the score interval.

    E. B. Wilson, Journal of the American Statistical Association 22 (1927), 209-212. It stays within 0..1 and is
    sound for few samples and for proportions near 0 and 1, where the textbook's p +- 1.96 sqrt(p q / n) is not.
    """
    share, z2 = successes / samples, _Z * _Z
    middle = (share + z2 / (2 * samples)) / (1 + z2 / samples)
    half = _Z / (1 + z2 / samples) * sqrt(share * (1 - share) / samples + z2 / (4 * samples * samples))
    # exactly 0 and 1 at the ends, where the formula gives them but for rounding
    return (0.0 if successes == 0 else middle - half), (1.0 if successes == samples else middle + half)


def paired_difference(both: int, first_only: int, second_only: int, neither: int) -> Interval:
    """Of p1 - p2, two proportions of successes on the same samples, which the four counts are of.

    R. G. Newcombe, Statistics in Medicine 17 (1998), 2635-2650, method 10: the Wilson intervals of p1 and p2, combined
    by squares with the correlation phi of the pairs (corrected for continuity where it is positive).
    """
    samples = both + first_only + second_only + neither
    p1, p2 = (both + first_only) / samples, (both + second_only) / samples
    (low1, high1), (low2, high2) = wilson(both + first_only, samples), wilson(both + second_only, samples)
    phi = _phi(both, first_only, second_only, neither)
    below1, above1, below2, above2 = p1 - low1, high1 - p1, p2 - low2, high2 - p2
    down = sqrt(max(0.0, below1**2 - 2 * phi * below1 * above2 + above2**2))
    up = sqrt(max(0.0, above1**2 - 2 * phi * above1 * below2 + below2**2))
    return max(-1.0, p1 - p2 - down), min(1.0, p1 - p2 + up)


def difference(successes1: int, samples1: int, successes2: int, samples2: int) -> Interval:
    """Of p2 - p1, two proportions of successes on independent samples.

    R. G. Newcombe, Statistics in Medicine 17 (1998), 873-890, method 10: the Wilson intervals of both, combined by
    squares. Of two models on the same samples it is wider than the paired one, as their successes go together.
    """
    p1, p2 = successes1 / samples1, successes2 / samples2
    (low1, high1), (low2, high2) = wilson(successes1, samples1), wilson(successes2, samples2)
    down, up = sqrt((p2 - low2) ** 2 + (high1 - p1) ** 2), sqrt((high2 - p2) ** 2 + (p1 - low1) ** 2)
    return p2 - p1 - down, p2 - p1 + up


def _phi(both: int, first_only: int, second_only: int, neither: int) -> float:
    margins = (both + first_only) * (second_only + neither) * (both + second_only) * (first_only + neither)
    if margins == 0:
        return 0.0
    covariance: float = both * neither - first_only * second_only
    if covariance > 0:
        covariance = max(0.0, covariance - (both + first_only + second_only + neither) / 2)
    return covariance / sqrt(margins)


def ratio_of_norms(errors: Array, sizes: Array) -> Interval:
    """Of sqrt(sum(errors) / sum(sizes)), non-negative squares [samples]: the percentile bootstrap over the samples.

    B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap (1993), chapter 13; 2,000 resamples, a fixed seed.
    One sample has no spread to resample: its interval is 0 to infinity.
    """
    samples = len(errors)
    if samples < 2:
        return 0.0, float("inf")
    generator = np.random.default_rng(_SEED)
    ratios: list[Array] = []
    rows = max(1, min(_RESAMPLES, _CHUNK_VALUES // samples))
    for start in range(0, _RESAMPLES, rows):
        drawn = generator.integers(0, samples, (min(rows, _RESAMPLES - start), samples))
        below = sizes[drawn].sum(axis=1)
        # a resample without any size says nothing of a ratio
        ratios.append(np.sqrt(errors[drawn].sum(axis=1)[below > 0] / below[below > 0]))
    found = np.concatenate(ratios)
    if not found.size:
        return 0.0, float("inf")
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)

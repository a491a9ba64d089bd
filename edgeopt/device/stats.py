"""The distribution of repeated runs: what may be quoted of so many, and what stands out of it.

Nothing assumes a distribution. The interval of the median is by order statistics: of n independent values, the l-th
smallest and the l-th largest enclose the median of what they were drawn from with the probability
1 - 2 P(Binomial(n, 1/2) < l), whatever that distribution is (the table of Nair 1940, as in Dixon and Massey 1969).
Values beyond Tukey's fences, 1.5 interquartile ranges outside of the quartiles (Exploratory Data Analysis, 1977, as in
Schwertman, Owens and Adnan, Computational Statistics & Data Analysis 47 (2004) 165), are shown and stay in.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

CONFIDENCE = 0.95
OUTLIER_RULE = "Tukey's fences: more than 1.5 interquartile ranges outside of the quartiles"
_LEAST_FOR_FENCES = 8  # quartiles of fewer say little
_FENCE = 1.5
_WILSON_Z = statistics.NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


@dataclass(frozen=True)
class Interval:
    """`low` to `high`, which hold the true value with the probability `confidence` (at least)."""

    low: float
    high: float
    confidence: float


@dataclass(frozen=True)
class Outlier:
    """Run `run` (the first is 0) took `value`, which is `over_median` of the median more (less: negative)."""

    run: int
    value: float
    over_median: float  # 0.1 is 10 %; 0 where the median is 0


@dataclass(frozen=True)
class RunStats:
    """`n` runs, in the unit of the values. p90 and p99 are values that occurred (nearest rank), never interpolated.

    They are None with fewer runs than `runs_needed` says: at least one run must lie beyond a percentile. `variation` is
    the coefficient of variation, the sample standard deviation over the mean; None with fewer than two runs, as on a
    deterministic target, where a spread would say nothing. `median_interval` is None with fewer than six.
    """

    n: int
    median: float
    p90: float | None
    p99: float | None
    max: float
    variation: float | None
    min: float
    mean: float
    median_interval: Interval | None = None
    outliers: tuple[Outlier, ...] = ()  # in the order of the runs; all of them are in every figure above

    @classmethod
    def of(cls, values: Sequence[float], resolution: float = 0.0) -> "RunStats":
        """Of one or more values >= 0, in the order of the runs.

        `resolution`: what the values are multiples of (a clock's tick); one that is no further outside is no outlier.
        """
        ordered = sorted(values)
        if not ordered:
            raise ValueError("no runs")
        mean = statistics.fmean(ordered)
        variation = None
        if len(ordered) > 1:
            variation = statistics.stdev(ordered) / mean if mean > 0 else 0.0
        return cls(
            n=len(ordered),
            median=statistics.median(ordered),
            p90=percentile(ordered, 90),
            p99=percentile(ordered, 99),
            max=ordered[-1],
            variation=variation,
            min=ordered[0],
            mean=mean,
            median_interval=median_interval(ordered),
            outliers=_outliers(values, resolution),
        )


def runs_needed(percent: int) -> int:
    """Runs from which on a percentile may be quoted: 10 for the 90th, 100 for the 99th."""
    return math.ceil(100 / (100 - percent))


def percentile(ordered: Sequence[float], percent: int) -> float | None:
    """The smallest of the sorted values that at least `percent` of all do not exceed; None where there are too few."""
    if len(ordered) < runs_needed(percent):
        return None
    return ordered[math.ceil(len(ordered) * percent / 100) - 1]


def wilson(hits: int, n: int) -> Interval | None:
    """The interval of a probability of which `hits` of `n` independent trials came true; None without trials.

    E. B. Wilson, J. Amer. Statist. Assoc. 22 (1927) 209: it stays within 0..1 and says something for 0 hits too.
    """
    if n == 0:
        return None
    z = _WILSON_Z
    share = hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if hits == 0 else middle - half
    return Interval(low, 1.0 if hits == n else middle + half, CONFIDENCE)


def median_interval(ordered: Sequence[float], confidence: float = CONFIDENCE) -> Interval | None:
    """The narrowest pair of order statistics, as far from either end, that holds the median with that probability.

    `ordered` rises. None where there are too few values: six for 95 %.
    """
    n = len(ordered)
    below = 0.0  # P(Binomial(n, 1/2) < rank)
    rank, outside = 0, 0.0
    while rank < n // 2:
        below += math.exp(math.lgamma(n + 1) - math.lgamma(rank + 1) - math.lgamma(n - rank + 1) - n * math.log(2))
        if 2 * below > 1 - confidence:
            break
        rank, outside = rank + 1, 2 * below
    return Interval(ordered[rank - 1], ordered[n - rank], 1 - outside) if rank > 0 else None


def median_difference(first: Sequence[float], second: Sequence[float]) -> Interval | None:
    """Of the median of what `second` was drawn from minus that of `first`, with 95 %; None where either has too few.

    Each median lies in an interval of order statistics with the probability sqrt(0.95), whatever the distributions; of
    independent samples both do with the product of what was reached, and then the difference lies between those of the
    crossed ends. It is wider than need be, and assumes nothing but that the runs are independent.
    """
    each = math.sqrt(CONFIDENCE)
    one, other = median_interval(sorted(first), each), median_interval(sorted(second), each)
    if one is None or other is None:
        return None
    return Interval(other.low - one.high, other.high - one.low, one.confidence * other.confidence)


def _outliers(values: Sequence[float], resolution: float) -> tuple[Outlier, ...]:
    if len(values) < _LEAST_FOR_FENCES:
        return ()
    first, median, third = statistics.quantiles(values, n=4, method="inclusive")
    reach = max(_FENCE * (third - first), resolution * (1 + 1e-9))  # of one tick, with what rounding adds to it
    return tuple(
        Outlier(run, value, value / median - 1 if median > 0 else 0.0)
        for run, value in enumerate(values)
        if not first - reach <= value <= third + reach
    )

"""The distribution of repeated runs."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class RunStats:
    """`n` runs, in the unit of the values. p90 and p99 are values that occurred (nearest rank), never interpolated.

    `variation` is the coefficient of variation, the sample standard deviation over the mean; None with fewer than two
    runs, as on a deterministic target, where a spread would say nothing.
    """

    n: int
    median: float
    p90: float
    p99: float
    max: float
    variation: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> "RunStats":
        """Of one or more values >= 0."""
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
            p90=_nearest_rank(ordered, 90),
            p99=_nearest_rank(ordered, 99),
            max=ordered[-1],
            variation=variation,
        )


def _nearest_rank(ordered: Sequence[float], percent: int) -> float:
    """The smallest value that at least `percent` of all do not exceed."""
    return ordered[max(1, math.ceil(len(ordered) * percent / 100)) - 1]

"""Statistics of runs in words, alike wherever they are shown."""

from edgeopt.device.stats import runs_needed
from edgeopt.energy import SIMULATED
from edgeopt.report.results import Latency, OutlierRun
from edgeopt.report.text import percent

PARTIAL_HINT = (
    "what there is was shown: mend the link, the supply or the firmware (`edgeopt monitor` tells its faults), "
    "and do it again"
)


def quoted(value: float | None, percentile: int) -> str:
    """A percentile, or why it is not told."""
    return figure(value) if value is not None else f"not told: needs {runs_needed(percentile)} runs"


def figure(value: float) -> str:
    """A time with five digits, so that runs which differ by a few ticks do not look the same."""
    return f"{value:,.5g}" if abs(value) < 99_999.5 else f"{value:,.0f}"


def spread(latency: Latency) -> str:
    """What stands beside the median, in one line."""
    if latency.n == 1:
        is_all = latency.kind == SIMULATED and not latency.partial
        return f"{latency.source}; {'deterministic, n = 1' if is_all else 'one run'}"
    figures = f"p90 {quoted(latency.p90, 90)}, p99 {quoted(latency.p99, 99)}, max {figure(latency.max)}"
    variation = "" if latency.variation is None else f", variation {variation_of(latency.variation)}"
    cold = "" if latency.cold is None else f", the first {figure(latency.cold)}"
    count = len(latency.outliers)
    outside = f", {count} outlier{'s' if count != 1 else ''}" if count else ""
    partial = f"; partial: {latency.partial}" if latency.partial else ""
    return f"{latency.source}; median of {latency.n}: {figures}{variation}{outside}{cold}{partial}"


def variation_of(share: float) -> str:
    """A coefficient of variation; a small one with the digits that it has."""
    return percent(share) if share >= 0.01 or share == 0 else f"{100 * share:.2g} %"


def outlier(one: OutlierRun) -> str:
    """Which run, what it took, by how much more or less than the median."""
    over = 100 * one.over_median
    return f"run {one.run + 1}: {figure(one.value)} ({over:+.3g} %)"


def times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"

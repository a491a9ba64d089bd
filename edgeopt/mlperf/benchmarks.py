"""The benchmarks that firmware of `--mlperf` can be: what `db` takes, what comes out, what a submission needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from edgeopt.errors import UsageError

Mode = Literal["performance", "accuracy", "energy"]
MODES: tuple[Mode, ...] = ("performance", "accuracy", "energy")


@dataclass(frozen=True)
class Benchmark:
    """`classes` 1: the result is a distance, which is larger for what is not normal.

    `quality` is what the closed division demands: of 100 for `Top 1%`, of 1 for `AUC` (remembered: MLPerf Tiny rules).
    """

    model: str  # as the firmware's `profile` says
    folder: str  # of a submission
    title: str
    input_bytes: int
    classes: int
    metric: Literal["top1", "auc"]
    quality: float


BENCHMARKS: Mapping[str, Benchmark] = {
    one.model: one
    for one in (
        Benchmark("ad01", "ad", "anomaly detection", 2_560, 1, "auc", 0.85),
        Benchmark("ic01", "ic", "image classification", 3_072, 10, "top1", 85.0),
        Benchmark("kws01", "kws", "keyword spotting", 490, 12, "top1", 90.0),
        Benchmark("vww01", "vww", "visual wake words", 27_648, 2, "top1", 80.0),
    )
}


def benchmark(model: str) -> Benchmark:
    """UsageError where it is none of the four."""
    found = BENCHMARKS.get(model)
    if found is None:
        raise UsageError(
            f"`{model[:40]}` is no benchmark of MLPerf Tiny that edgeopt measures",
            f"generate the firmware with --mlperf {', '.join(BENCHMARKS)}",
        )
    return found

"""A benchmark of MLPerf Tiny as a report: what `measure --mlperf` shows."""

from dataclasses import dataclass
from pathlib import Path
from statistics import median

from edgeopt.mlperf.results import Accuracy, Energy, Performance, Result
from edgeopt.mlperf.submission import mode_of


@dataclass(frozen=True)
class BenchmarkWindow:
    """Performance: by the board's clock; energy: between two edges of its pin, by the meter's."""

    inferences: int
    seconds: float
    inferences_per_s: float
    uj_per_inference: float | None = None
    mean_mw: float | None = None


@dataclass(frozen=True)
class Benchmarked:
    """`errors`: why it is no valid submission, in the official runner's words; `folder`: where its files are."""

    board: str
    target: str
    label: str  # "measured" or "simulated"
    benchmark: str
    title: str
    mode: str
    device_name: str
    windows: tuple[BenchmarkWindow, ...]
    median_inferences_per_s: float | None
    median_uj_per_inference: float | None
    uj_error: float | None
    top1: float | None
    auc: float | None
    metric: str | None  # accuracy: which of them the closed division demands, how much, and whether it is reached
    quality: float | None
    meets: bool | None
    files: int | None
    meter: str | None
    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    partial: str
    folder: Path | None


def benchmarked(
    board: str, target: str, label: str, result: Result, warnings: tuple[str, ...], folder: Path | None
) -> Benchmarked:
    windows: tuple[BenchmarkWindow, ...] = ()
    accuracy = result if isinstance(result, Accuracy) else None
    energy = result.found if isinstance(result, Energy) else None
    if isinstance(result, Performance):
        windows = tuple(
            BenchmarkWindow(run.inferences, run.inferred.seconds or 0.0, per_s)
            for run, per_s in zip(result.windows, result.inferences_per_s, strict=True)
        )
    elif energy is not None:
        windows = tuple(
            BenchmarkWindow(
                one.window.inferences,
                one.window.seconds,
                one.window.inferences / one.window.seconds,
                one.uj_per_inference,
                one.integral.mean_w * 1e3,
            )
            for one in energy.windows
        )
    wanted = result.benchmark
    return Benchmarked(
        board=board,
        target=target,
        label=label,
        benchmark=wanted.model,
        title=wanted.title,
        mode=mode_of(result),
        device_name=result.identity.name,
        windows=windows,
        median_inferences_per_s=median(one.inferences_per_s for one in windows) if windows else None,
        median_uj_per_inference=None if energy is None else energy.uj_per_inference,
        uj_error=None if energy is None else energy.uj_error,
        top1=None if accuracy is None else accuracy.top1,
        auc=None if accuracy is None else accuracy.auc,
        metric=None if accuracy is None else wanted.metric,
        quality=None if accuracy is None else wanted.quality,
        meets=None if accuracy is None else accuracy.meets,
        files=None if accuracy is None else accuracy.files,
        meter=None if energy is None else energy.info.title,
        errors=() if isinstance(result, Accuracy) else result.errors,
        warnings=(*warnings, *(() if energy is None else energy.warnings)),
        partial="" if energy is None else energy.partial,
        folder=folder,
    )

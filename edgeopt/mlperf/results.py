"""What a benchmark found: performance, accuracy or energy of one board, with what makes it unfit for a submission."""

from dataclasses import dataclass, field
from statistics import median

import numpy as np

from edgeopt.mlperf.benchmarks import Benchmark
from edgeopt.mlperf.client import Identity, Inferred
from edgeopt.mlperf.dataset import Recording
from edgeopt.mlperf.metrics import auc, top1
from edgeopt.power.found import EnergyFound

LEAST_S = 10.0  # of a window
WINDOWS = 5


@dataclass(frozen=True)
class Run:
    """One `infer` command on one input: `recording` None where there is no data set, and the input was zeros."""

    recording: Recording | None
    segment: int
    inferences: int
    warmups: int
    inferred: Inferred


@dataclass(frozen=True)
class Performance:
    """Windows of inferences, by the board's clock."""

    identity: Identity
    benchmark: Benchmark
    windows: tuple[Run, ...]

    @property
    def inferences_per_s(self) -> tuple[float, ...]:
        return tuple(run.inferences / (run.inferred.seconds or float("inf")) for run in self.windows)

    @property
    def median_per_s(self) -> float:
        return median(self.inferences_per_s)

    @property
    def errors(self) -> tuple[str, ...]:
        """Why it is not valid, in the runner's words where it has some."""
        found = [] if len(self.windows) == WINDOWS else [f"ERROR 1 - loop_count was not exactly {WINDOWS}."]
        if any((run.inferred.seconds or 0) < LEAST_S for run in self.windows):
            found.append(f"ERROR 2 - loop exited before {LEAST_S:g} seconds elapsed.")
        return tuple(found)


@dataclass(frozen=True)
class Accuracy:
    """`top1` of 100; `auc` of 1, None where a class never occurs in the data set."""

    identity: Identity
    benchmark: Benchmark
    runs: tuple[Run, ...]
    files: int
    top1: float
    auc: float | None

    @property
    def meets(self) -> bool:
        """Whether the closed division's quality is reached."""
        value = self.top1 if self.benchmark.metric == "top1" else self.auc
        return value is not None and value >= self.benchmark.quality


@dataclass(frozen=True)
class Energy:
    """Windows between two edges of the timestamp pin each."""

    identity: Identity
    benchmark: Benchmark
    windows: tuple[Run, ...]
    found: EnergyFound = field(repr=False)

    @property
    def errors(self) -> tuple[str, ...]:
        found = []
        if any(one.window.seconds < LEAST_S for one in self.found.windows):
            found.append("ERROR: Not valid for submission.  All inference times must be at least 10 seconds.")
        if len(self.found.windows) != WINDOWS:
            found.append(f"ERROR: Not valid for submission.  Energy mode must include exactly {WINDOWS} measurements.")
        return tuple(found)


Result = Performance | Accuracy | Energy


def accuracy_of(identity: Identity, benchmark: Benchmark, runs: tuple[Run, ...]) -> Accuracy:
    """A file's score is the mean of its segments', of which several probabilities are first made to sum up to 1."""
    by_file: dict[str, tuple[int, list[tuple[float, ...]]]] = {}
    for run in runs:
        assert run.recording is not None
        values = run.inferred.results
        total = sum(values)
        if len(values) > 1:
            values = tuple(value / total for value in values)
        by_file.setdefault(run.recording.file, (run.recording.label, []))[1].append(values)
    scores = np.array([np.mean(values, axis=0) for _, values in by_file.values()], dtype=np.float64)
    labels = np.array([label for label, _ in by_file.values()], dtype=np.int64)
    return Accuracy(identity, benchmark, runs, len(by_file), top1(scores, labels), auc(scores, labels))

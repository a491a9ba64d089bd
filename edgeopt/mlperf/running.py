"""The three modes, in the runner's order: load an input, infer, load the next (mlcommons/tiny benchmark/runner)."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from edgeopt.errors import ProtocolError, UsageError
from edgeopt.mlperf.benchmarks import Benchmark
from edgeopt.mlperf.client import Client, Identity
from edgeopt.mlperf.dataset import Recording, segments
from edgeopt.mlperf.results import LEAST_S, WINDOWS, Accuracy, Performance, Run, accuracy_of

LEAST_INFERENCES = 10  # of a window of a board that is simulated, and so takes the same time every time
_MARGIN = 1.03  # of a window: the board's clock and the first inference may be a little faster
_TRIED = 3  # inferences by which the length of one is found out
_MOST_INFERENCES = 10_000_000

Progress = Callable[[str, int, int], None]
Note = Callable[[str], None]  # a line of the runner's own log


@dataclass(frozen=True)
class Windows:
    """`inferences` of each, None: as many as take ten seconds."""

    count: int = WINDOWS
    inferences: int | None = None
    warmups: int = 1


@dataclass(frozen=True)
class Bench:
    """A board that has said who it is, and what it is measured with. `data` is empty where there is no data set."""

    client: Client
    identity: Identity
    benchmark: Benchmark
    data: Sequence[Recording]
    note: Note = lambda line: None
    progress: Progress = lambda what, done, total: None
    patience_s: float = 0.0  # for `infer`, where more than the official 30 s


def measure_performance(bench: Bench, windows: Windows) -> Performance:
    """Inferences a second, of each window by the board's own time stamps. The first window's input is loaded once more
    where the length of an inference must be found out. ProtocolError where the board tells no time (energy mode).
    """
    inputs = _inputs(bench)
    inferences, each_s = windows.inferences, 0.0
    if inferences is None:
        each_s = one_inference_s(bench, _inputs(bench))
        inferences = inferences_of(each_s)
    found: list[Run] = []
    for number in range(windows.count):
        bench.progress("windows", number, windows.count)
        run = timed(bench, inputs, inferences, windows.warmups, each_s)
        found.append(run)
        seconds = _seconds(run)
        bench.note(f"ulp-mlperf: Performance results for window {number + 1}:")
        bench.note(f"ulp-mlperf:   # Inferences : {inferences:>13}")
        bench.note(f"ulp-mlperf:   Runtime      : {seconds:>10.3f} sec.")
        bench.note(f"ulp-mlperf:   Throughput   : {inferences / seconds:>10.3f} inf./sec.")
        bench.note(f"ulp-mlperf:   m-results    : {list(run.inferred.results)}")
    bench.progress("windows", windows.count, windows.count)
    return Performance(bench.identity, bench.benchmark, tuple(found))


def measure_accuracy(bench: Bench) -> Accuracy:
    """One inference of each input of the data set, all windows of each recording. UsageError without a data set."""
    if not bench.data:
        raise UsageError("accuracy needs a data set", "name its folder: --data DATASET")
    runs: list[Run] = []
    for number, recording in enumerate(bench.data):
        bench.progress("files", number, len(bench.data))
        for segment, data in enumerate(segments(recording, bench.benchmark)):
            run = _run(bench, recording, segment, data, 1, 0)
            total = sum(run.inferred.results)
            if len(run.inferred.results) > 1 and total <= 0:
                raise ProtocolError(f"all probabilities of `{recording.file}` are 0", "is it the benchmark's model?")
            if runs and len(run.inferred.results) != len(runs[0].inferred.results):
                raise ProtocolError(f"`{recording.file}` has another number of results", "report this")
            runs.append(run)
    bench.progress("files", len(bench.data), len(bench.data))
    return accuracy_of(bench.identity, bench.benchmark, tuple(runs))


def timed(
    bench: Bench, inputs: Iterator[tuple[Recording | None, bytes]], inferences: int, warmups: int, each_s: float = 0.0
) -> Run:
    """The next input, inferred so often; `each_s`: about how long an inference takes, where that is known."""
    recording, data = next(inputs)
    return _run(bench, recording, 0, data, inferences, warmups, each_s * (inferences + warmups) * 2)


def first_inputs(bench: Bench) -> Iterator[tuple[Recording | None, bytes]]:
    """For ever: the first input of each recording, as in performance and energy mode, or zeros."""
    return _inputs(bench)


def one_inference_s(bench: Bench, inputs: Iterator[tuple[Recording | None, bytes]]) -> float:
    """How long one takes, by the board's clock."""
    return _seconds(timed(bench, inputs, _TRIED, 1)) / _TRIED


def inferences_of(each_s: float) -> int:
    """So many that a window takes ten seconds."""
    return min(max(math.ceil(LEAST_S * _MARGIN / each_s), 1), _MOST_INFERENCES)


def _inputs(bench: Bench) -> Iterator[tuple[Recording | None, bytes]]:
    while True:
        if not bench.data:
            yield None, bytes(bench.benchmark.input_bytes)
        for recording in bench.data:
            yield recording, next(segments(recording, bench.benchmark))


def _run(
    bench: Bench,
    recording: Recording | None,
    segment: int,
    data: bytes,
    inferences: int,
    warmups: int,
    patience_s: float = 0.0,
) -> Run:
    name = "of zeros" if recording is None else recording.file
    bench.note(f"ulp-mlperf: Loading file {name} segment {segment}")
    bench.client.load(data)
    bench.note("ulp-mlperf: Load complete.")
    inferred = bench.client.infer(inferences, warmups, max(bench.patience_s, patience_s))
    bench.note(f"Running inference with {warmups}/{inferences} (warmup/measured) iterations ... done")
    if len(inferred.results) != bench.benchmark.classes:
        raise ProtocolError(
            f"the board tells {len(inferred.results)} results, {bench.benchmark.model} has {bench.benchmark.classes}",
            "is it the benchmark's model?",
        )
    return Run(recording, segment, inferences, warmups, inferred)


def _seconds(run: Run) -> float:
    seconds = run.inferred.seconds
    if seconds is None:
        raise ProtocolError(
            "the board tells no time stamps: its firmware is that of the energy mode",
            "generate it without --energy-mode, or measure it with --mlperf energy",
        )
    if seconds <= 0:
        raise ProtocolError("the inferences took no time by the board's clock", "has the board a timer?")
    return seconds

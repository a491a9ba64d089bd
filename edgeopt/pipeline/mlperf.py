"""MLPerf Tiny on a project's firmware: `measure --mlperf`."""

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import edgeopt
from edgeopt.board import Board
from edgeopt.device.link import MEASURED, Link, connector
from edgeopt.emit import CProject
from edgeopt.errors import UsageError
from edgeopt.mlperf import submission
from edgeopt.mlperf.benchmarks import MODES, Benchmark, Mode, benchmark
from edgeopt.mlperf.client import DIRECT_CHUNK_BYTES, INFER_S, INTERFACE_CHUNK_BYTES, Client
from edgeopt.mlperf.dataset import Recording, read_dataset
from edgeopt.mlperf.energy import Metered, emulate_energy, measure_energy
from edgeopt.mlperf.results import Result
from edgeopt.mlperf.running import LEAST_INFERENCES, Bench, Windows, measure_accuracy, measure_performance
from edgeopt.pipeline.project import ELF, project_board
from edgeopt.pipeline.running import VIRTUAL, Progress, silent
from edgeopt.power.choice import MeterChoice, choose_meter
from edgeopt.power.emulated import currents_of
from edgeopt.report.benchmarking import Benchmarked, benchmarked

_SETTLE_S = 2.0  # for a board that the meter has just switched on: the official runner waits as long
_UNTIMED = "QEMU's time is the host's, not silicon's: the inferences a second say nothing of a board"
_ZEROS = "there was no data set: the inputs were zeros, which a submission must not have"


@dataclass(frozen=True)
class _Job:
    """All that can be checked before a board is touched."""

    mode: Mode
    project: CProject
    board: Board
    target: str
    wanted: Benchmark
    data: Sequence[Recording]
    meter: MeterChoice | None
    save: Path | None
    windows: Windows


def measure_mlperf(
    project: Path,
    mode: str,
    target: str = VIRTUAL,
    *,
    data: Path | None = None,
    meter: str | None = None,
    windows: Windows | None = None,
    save: Path | None = None,
    timeout_s: float = INFER_S,
    now: Callable[[], datetime] = datetime.now,
    progress: Progress = silent,
) -> Benchmarked:
    """Runs one mode of the official benchmark as its runner does, on a project that was generated with --mlperf.

    `mode`: performance, accuracy or energy. `data`: a folder in the official layout; accuracy needs one, the others
    load zeros without. `meter`: energy mode's, as for `--meter`. `windows`: by default five, of ten seconds each, and
    on a simulated board of ten inferences. `save`: a folder for the submission's files, which are replaced as a whole.
    `timeout_s`: for the answer to `infer`, at least the official 30 s.

    UsageError for what is wrong before anything is measured, DeviceError where the board or the meter fails.
    """
    job = _checked(project, mode, target, data, meter, windows or Windows(), save)
    log: list[str] = []

    def note(line: str) -> None:
        log.append(f"{now():%m%d.%H%M%S} {line}")

    with ExitStack() as stack:
        folder = job.save
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="edgeopt-")))
        else:
            _make(folder)
        result, label, untimed = _run(job, submission.trace_place(folder), timeout_s, note, progress, stack)
        warnings = (*([_UNTIMED] if untimed else []), *([] if job.data else [_ZEROS]))
        place = None
        if job.save is not None:
            described = submission.system_json(job.board, edgeopt.__version__, "")
            place = submission.save(folder, job.board.name, result, label, now(), log, described)
    return benchmarked(job.board.name, job.target, label, result, warnings, place)


def _checked(
    project: Path, mode: str, target: str, data: Path | None, meter: str | None, windows: Windows, save: Path | None
) -> _Job:
    if mode not in MODES:
        raise UsageError(f"MLPerf Tiny has no mode `{mode}`", f"one of {', '.join(MODES)}")
    opened = CProject.open(project)
    board = project_board(opened)
    wanted = benchmark(opened.options.get("mlperf", opened.name))
    energy = opened.options.get("mlperf_mode") == "energy"
    if energy and mode != "energy":
        raise UsageError(f"`{project}` is firmware of the energy mode, which tells no times", "generate another")
    if mode == "energy" and not energy:
        raise UsageError(f"`{project}` is not firmware of the energy mode", "generate it with --energy-mode")
    if mode == "energy" and meter is None:
        raise UsageError("energy mode needs a power meter", "name it: --meter lpm01a:auto")
    if mode != "energy" and meter is not None:
        raise UsageError(f"{mode} mode has no power meter", "leave --meter out, or measure --mlperf energy")
    if mode == "accuracy" and data is None:
        raise UsageError("accuracy needs a data set", "name its folder: --data DATASET")
    recordings = () if data is None else read_dataset(data, wanted)
    choice = None if meter is None else choose_meter(meter, target, board)
    if choice is not None and choice.emulates:
        currents_of(board)
    if target == VIRTUAL and mode == "accuracy":
        target = f"{VIRTUAL}:uncounted"  # its outputs alone matter
    connector(target, board)
    if save is not None and save.exists() and not save.is_dir():
        raise UsageError(f"`{save}` is not a folder", "--mlperf saves several files: name a folder")
    return _Job(mode, opened, board, target, wanted, recordings, choice, save, windows)


def _run(
    job: _Job,
    trace: Path,
    timeout_s: float,
    note: Callable[[str], None],
    progress: Progress,
    stack: ExitStack,
) -> tuple[Result, str, bool]:
    """The result, its label, and whether its times say nothing."""
    opened = None
    if job.meter is not None and job.meter.open is not None:
        opened = job.meter.open()  # it feeds the board, which can only then answer
        stack.callback(opened.close)
        job.meter.check_line(opened.info)
        time.sleep(_SETTLE_S)
    elf = job.project.folder / ELF
    link = connector(job.target, job.board)(elf if elf.is_file() else None)
    stack.callback(link.close)
    bench = _bench(job, link, timeout_s, note, progress)
    traits = link.traits
    windows = job.windows
    if traits.deterministic and windows.inferences is None:
        windows = replace(windows, inferences=LEAST_INFERENCES)
    untimed = job.mode == "performance" and not traits.timed
    if job.mode == "performance":
        return measure_performance(bench, windows), traits.label, untimed
    if job.mode == "accuracy":
        return measure_accuracy(bench), traits.label, untimed
    assert job.meter is not None
    if opened is not None:
        result = measure_energy(bench, Metered(opened, trace, job.meter.line), windows)
        return result, result.found.info.label if traits.label == MEASURED else traits.label, untimed
    currents, kind = currents_of(job.board), job.meter.emulates
    return emulate_energy(bench, link, currents, kind, windows, trace, job.meter.line), traits.label, untimed


def _bench(job: _Job, link: Link, timeout_s: float, note: Callable[[str], None], progress: Progress) -> Bench:
    through = job.target.partition(":")[0] == "interface"
    chunk_bytes = INTERFACE_CHUNK_BYTES if through else DIRECT_CHUNK_BYTES
    # Of a simulated board the link tells how long it was silent; the host's clock says nothing.
    clock = _stopped if link.traits.deterministic else time.monotonic
    client = Client(link, chunk_bytes, max(INFER_S, timeout_s), clock)
    identity = client.greet()
    if identity.model != job.wanted.model:
        raise UsageError(
            f"the board has {identity.model[:40]}, the project is {job.wanted.model}", "flash it: edgeopt flash DIR"
        )
    note(f"Device name retrieved: {identity.name}")
    note(f"Device profile retrieved: {identity.profile}")
    note(f"Device model retrieved: {identity.model}")

    def tell(what: str, done: int, total: int) -> None:
        progress(f"{what} on {job.target}: {done} of {total}")

    return Bench(client, identity, job.wanted, job.data, note, tell)


def _stopped() -> float:
    return 0.0


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"`{folder}` cannot be made: {error.strerror}", "name another folder") from None

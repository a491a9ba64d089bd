"""`compare`: one model under several runtimes of this computer, or deployments side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from edgeopt.board import Board
from edgeopt.contest import Models, contenders_of, contest
from edgeopt.convert import Dataset, Kind, Run, Worker, load_dataset, match, read_summary, run_apart
from edgeopt.convert.choices import DEFAULT_CHOICES, DEFAULT_LIMITS, NO_TRUST, Choices, Limits, Trust
from edgeopt.convert.formats import detect
from edgeopt.convert.guard import classifies
from edgeopt.convert.layout import arrange
from edgeopt.convert.litert import Kernels
from edgeopt.convert.process import WorkerDied
from edgeopt.convert.source import Tflite, to_tflite
from edgeopt.emit import c_name
from edgeopt.errors import ModelError, ToolchainError, UsageError
from edgeopt.pipeline.conversion import convert
from edgeopt.pipeline.deployment import REPORT_FILE
from edgeopt.pipeline.project import analyze
from edgeopt.pipeline.reporting import read_result
from edgeopt.pipeline.running import Progress, silent
from edgeopt.report.comparison import Comparison, OnBoard, RunComparison, comparison_rows, computer, on_board, run_row
from edgeopt.report.differences import RunDifferences, differences_of, unlike_of
from edgeopt.report.measuring import Measured
from edgeopt.report.results import Analysis, Deployment
from edgeopt.report.run_facts import facts_of

_HINT = "give a model and its int8 .tflite, a model with --calibration DATA.npz, or two runs"


def compare(
    models: Sequence[Path],
    data: Path | None = None,
    *,
    board: Board | None = None,
    calibration: Path | None = None,
    choices: Choices = DEFAULT_CHOICES,
    trust: Trust = NO_TRUST,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress = silent,
) -> Comparison | RunComparison | RunDifferences:
    """One model side by side under what runs it here, on the samples of `data`; or runs: deployments, measurements.

    `models`: a source model and the int8 .tflite made from it; or a source model, which is converted with
    `calibration`; or an int8 .tflite alone; or two and more report.json, or folders that have one, or files of
    `edgeopt measure --save`.
    """
    paths = [Path(path) for path in models]
    if not paths:
        raise UsageError("there is nothing to compare", _HINT)
    runs = [path for path in paths if _is_run(path)]
    if runs and len(runs) < len(paths):
        other = next(path for path in paths if path not in runs)
        raise UsageError(f"`{runs[0]}` is a run, `{other}` is none: they cannot be compared", _HINT)
    if runs:
        return _compare_runs(paths)
    if data is None:
        raise UsageError("there are no samples to compare on", "give --data DATA.npz")
    if len(paths) > 2:
        raise UsageError(f"{len(paths)} models cannot be forms of one", _HINT)
    with TemporaryDirectory(prefix="edgeopt-") as name:
        folder, worker = Path(name), Worker(limits=limits)
        progress("reading the models")
        if len(paths) == 2:
            forms, warnings = _given(paths, trust, folder, worker)
        else:
            integer = folder / "integer.tflite"
            done = convert(paths[0], integer, calibration, evaluation=data, choices=choices, trust=trust, worker=worker)
            forms = Models(paths[0], done.float_model, integer.read_bytes(), folder, done.layouts)
            warnings = done.warnings
        return _compare_forms(paths, forms, warnings, data, worker, board, progress)


def _is_run(path: Path) -> bool:
    return path.suffix == ".json" or (path / REPORT_FILE).is_file()


def _compare_runs(paths: Sequence[Path]) -> RunComparison | RunDifferences:
    """Deployments side by side; each board of a measurement is a side of its own."""
    found = [(path, _read_run(path)) for path in paths]
    sides = tuple(side for path, result in found for side in facts_of(path, result))
    if len(sides) < 2:
        raise UsageError("one run has nothing to be compared with", "give two: edgeopt compare RUN RUN")
    differences, unlike = differences_of(sides), unlike_of(sides)
    deployments = [(path, result) for path, result in found if isinstance(result, Deployment)]
    if len(deployments) == len(found):
        return RunComparison(tuple(run_row(path, result) for path, result in deployments), differences, unlike)
    return RunDifferences(sides, differences, unlike)


def _read_run(path: Path) -> Deployment | Measured:
    result = read_result(path)
    if isinstance(result, Analysis):
        raise UsageError(
            f"`{path}` is an analysis: nothing ran", "give runs: edgeopt deploy, or edgeopt measure --save"
        )
    return result


def _compare_forms(
    paths: Sequence[Path],
    models: Models,
    warnings: tuple[str, ...],
    data: Path,
    worker: Worker,
    board: Board | None,
    progress: Progress,
) -> Comparison:
    samples = arrange(load_dataset(data), models.layouts)
    known = models.float_tflite or models.integer_tflite
    assert known is not None
    summary = read_summary(known, str(paths[0]))
    match(samples, summary.input_tensors)
    _try_out(models, samples.first(1), worker)
    contenders, absent = contenders_of(models)
    found, dropped = contest(contenders, samples, classifies(summary), progress)
    if not found:
        raise UsageError("nothing here can run the model", "; ".join([*absent, *dropped]))
    return Comparison(
        " and ".join(path.name for path in paths),
        computer(),
        data.name,
        samples.samples,
        comparison_rows(found),
        None if board is None else _on_board(models, board),
        (*warnings, *absent, *dropped),
    )


def _try_out(models: Models, sample: Dataset, worker: Worker) -> None:
    """WorkerDied where LiteRT dies of one of the models: times are taken in this process, which would end too."""
    runs: list[tuple[str, bytes | None, Kernels]] = [
        ("float", models.float_tflite, "xnnpack"),
        ("float", models.float_tflite, "reference"),
        ("integer", models.integer_tflite, "xnnpack"),
    ]
    for form, content, kernels in runs:
        if content is not None:
            try:
                run_apart([Run(content, f"{models.source}: the {form} model", kernels)], sample, worker)
            except WorkerDied:
                raise
            except (ModelError, ToolchainError):  # it is left out later, with the same reason
                pass


def _given(paths: Sequence[Path], trust: Trust, folder: Path, worker: Worker) -> tuple[Models, tuple[str, ...]]:
    """A source model and the integer .tflite that was made from it, in any order."""
    floats: list[tuple[Path, Tflite, bytes]] = []
    integers: list[bytes] = []
    for path in paths:
        tflite = to_tflite(path, str(path), detect(path), trust, folder, worker)
        # a model that was trained with its ranges brings its float form along
        content = tflite.data if read_summary(tflite.data, str(path)).kind is Kind.FLOAT else tflite.baseline
        if content is None:
            integers.append(tflite.data)
        else:
            floats.append((path, tflite, content))
    if len(floats) != 1:
        which = "float" if floats else "integer"
        raise UsageError(f"{paths[0]} and {paths[1]} are both {which} models", _HINT)
    ((source, tflite, content),) = floats
    return Models(source, content, integers[0], folder, tflite.layouts), tflite.warnings


def _on_board(models: Models, board: Board) -> OnBoard:
    assert models.integer_tflite is not None
    path = models.folder / f"{c_name(models.source.stem)}.tflite"
    path.write_bytes(models.integer_tflite)
    return on_board(analyze(path, board))

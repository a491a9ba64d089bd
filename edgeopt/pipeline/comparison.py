"""`compare`: one model under several runtimes of this computer, or deployments side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from edgeopt.board import Board
from edgeopt.compare import Models, contenders_of, contest
from edgeopt.convert import Kind, Worker, load_dataset, match, read_summary
from edgeopt.convert.choices import DEFAULT_CHOICES, NO_TRUST, Choices, Trust
from edgeopt.convert.formats import detect
from edgeopt.convert.guard import classifies
from edgeopt.convert.source import to_tflite
from edgeopt.emit import c_name
from edgeopt.errors import UsageError
from edgeopt.pipeline.conversion import convert
from edgeopt.pipeline.deployment import REPORT_FILE
from edgeopt.pipeline.project import analyze
from edgeopt.pipeline.running import Progress, silent
from edgeopt.report.comparison import Comparison, OnBoard, RunComparison, comparison_rows, computer, on_board, run_row
from edgeopt.report.document import load
from edgeopt.report.results import Deployment

_DEPLOYMENT = "edgeopt.deployment/1"
_HINT = "give a model and its int8 .tflite, a model with --calibration DATA.npz, or two runs (report.json)"


def compare(
    models: Sequence[Path],
    data: Path | None = None,
    *,
    board: Board | None = None,
    calibration: Path | None = None,
    choices: Choices = DEFAULT_CHOICES,
    trust: Trust = NO_TRUST,
    progress: Progress = silent,
) -> Comparison | RunComparison:
    """One model side by side under what runs it here, on the samples of `data`; or the reports of deployments.

    `models`: a source model and the int8 .tflite made from it; or a source model, which is converted with
    `calibration`; or an int8 .tflite alone; or two and more report.json, or folders that have one.
    """
    paths = [Path(path) for path in models]
    if not paths:
        raise UsageError("there is nothing to compare", _HINT)
    if all(_is_run(path) for path in paths):
        return _compare_runs(paths)
    if data is None:
        raise UsageError("there are no samples to compare on", "give --data DATA.npz")
    with TemporaryDirectory(prefix="edgeopt-") as folder:
        return _compare_models(paths, data, board, calibration, choices, trust, Path(folder), progress)


def _is_run(path: Path) -> bool:
    return path.suffix == ".json" or (path / REPORT_FILE).is_file()


def _compare_runs(paths: Sequence[Path]) -> RunComparison:
    if len(paths) < 2:
        raise UsageError("one run has nothing to be compared with", "give two: edgeopt compare RUN RUN")
    files = [path / REPORT_FILE if path.is_dir() else path for path in paths]
    return RunComparison(
        tuple(run_row(path, load(file, Deployment, _DEPLOYMENT)) for path, file in zip(paths, files, strict=True))
    )


def _compare_models(
    paths: Sequence[Path],
    data: Path,
    board: Board | None,
    calibration: Path | None,
    choices: Choices,
    trust: Trust,
    folder: Path,
    progress: Progress,
) -> Comparison:
    samples = load_dataset(data)
    progress("reading the models")
    if len(paths) == 2:
        models, warnings = _given(paths, trust, folder)
    elif len(paths) == 1:
        models, warnings = _made(paths[0], data, calibration, choices, trust, folder)
    else:
        raise UsageError(f"{len(paths)} models cannot be forms of one", _HINT)
    known = models.float_tflite or models.integer_tflite
    assert known is not None
    summary = read_summary(known, str(paths[0]))
    match(samples, summary.input_tensors)
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


def _given(paths: Sequence[Path], trust: Trust, folder: Path) -> tuple[Models, tuple[str, ...]]:
    """A source model and the integer .tflite that was made from it, in any order."""
    forms: dict[bool, tuple[Path, bytes]] = {}
    warnings: list[str] = []
    for path in paths:
        tflite = to_tflite(path, str(path), detect(path), trust, folder, Worker())
        forms[read_summary(tflite.data, str(path)).kind is Kind.FLOAT] = path, tflite.data
        warnings += tflite.warnings
    if len(forms) < 2:
        which = "float" if True in forms else "integer"
        raise UsageError(f"{paths[0]} and {paths[1]} are both {which} models", _HINT)
    return Models(forms[True][0], forms[True][1], forms[False][1], folder), tuple(warnings)


def _made(
    path: Path, data: Path, calibration: Path | None, choices: Choices, trust: Trust, folder: Path
) -> tuple[Models, tuple[str, ...]]:
    """A source model, which is converted; or an integer .tflite alone."""
    output = folder / "integer.tflite"
    done = convert(path, output, calibration, evaluation=data, choices=choices, trust=trust, worker=Worker())
    return Models(path, done.float_model, output.read_bytes(), folder), done.warnings


def _on_board(models: Models, board: Board) -> OnBoard:
    assert models.integer_tflite is not None
    path = models.folder / f"{c_name(models.source.stem)}.tflite"
    path.write_bytes(models.integer_tflite)
    return on_board(analyze(path, board))

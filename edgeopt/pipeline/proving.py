"""`validate`: proves the outputs of a target, says which layer is wrong, and how accurate the network is there."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from edgeopt import device
from edgeopt.board import Board
from edgeopt.convert import Dataset, Outputs, Run, Worker, load_dataset, run_apart
from edgeopt.convert.guard import FLOAT, Judge, classifies
from edgeopt.convert.provenance import hash_of
from edgeopt.convert.sequences import begins_anew
from edgeopt.convert.summary import has_engine_operators, read_summary
from edgeopt.convert.verdict import Verdict
from edgeopt.device.oracle import expected_outputs
from edgeopt.device.samples import output_arrays, samples_of
from edgeopt.emit import CProject
from edgeopt.errors import ToolchainError, UsageError
from edgeopt.pipeline.diagnosis import Proven, diagnose
from edgeopt.pipeline.float_model import float_outputs
from edgeopt.pipeline.generation import generate
from edgeopt.pipeline.model import Model, open_model
from edgeopt.pipeline.project import ELF, build, project_board
from edgeopt.pipeline.running import Progress, measure, silent
from edgeopt.report.deployment import accuracy_of
from edgeopt.report.proof import Accuracy, Validation
from edgeopt.report.runs import agreement_of, validation_report

ENGINE = "Larq Compute Engine"
_SIMULATED = ("virtual", "qemu")


def validate(
    program: Path,
    board: Board,
    target: str,
    data: Path,
    *,
    name: str | None = None,
    tflite: Path | None = None,
    float_model: Path | None = None,
    goal: str = "balanced",
    toolchain: str = "auto",
    optimization: str = "auto",
    timeout_s: float = 60.0,
    progress: Progress = silent,
) -> Validation:
    """Whether the firmware of a .tflite on a target gives the oracle's outputs, byte for byte, for every sample.

    `program` is the .tflite, for which a firmware for `board` is made, or a project that was generated and built, with
    its own board, goal and build. `name` is the network meant of a project with several, `tflite` its model's file,
    which otherwise is looked for in and beside the project by its SHA-256. `float_model`: what the .tflite was made
    from, for the accuracy.
    """
    if not program.is_dir():
        for option, given in (("--model", name), ("--tflite", tflite)):
            if given is not None:
                raise UsageError(f"`{option}` is for a project, and `{program}` is no folder", f"leave {option} out")
        opened = open_model(program)
        device.connector(target, board)
        dataset, beside = _data(data, opened, float_model)
        with TemporaryDirectory(prefix="edgeopt-") as folder:
            progress("generating and building")
            project = generate(opened, board, Path(folder) / "project", goal=goal).project
            assert project is not None
            build(project.folder, toolchain, optimization)
            return _validated(project, opened, target, dataset, beside, timeout_s, progress)
    project = CProject.open(program).select(name)
    opened = model_of(project, tflite)
    device.connector(target, project_board(project))
    if target.partition(":")[0] in _SIMULATED and not (project.folder / ELF).is_file():
        raise UsageError(f"`{program}` is not built, and {target} runs what was built", f"edgeopt build {program}")
    dataset, beside = _data(data, opened, float_model)
    return _validated(project, opened, target, dataset, beside, timeout_s, progress)


def model_of(project: CProject, given: Path | None = None) -> Model:
    """The .tflite that a network of a project was generated from: `given`, or found in or beside the folder.

    UsageError where it is not there, or `given` is another.
    """
    wanted = project.model.model_sha256
    if given is not None:
        opened = open_model(given)
        if opened.sha256 != wanted:
            raise UsageError(
                f"`{given}` is not the model that `{project.folder}` was generated from: its SHA-256 begins with "
                f"{opened.sha256[:12]}, not {wanted[:12]}",
                "give that model with --tflite, or generate, build and flash the project again",
            )
        return opened
    folder = project.folder.resolve()
    for file in (*sorted(folder.glob("*.tflite")), *sorted(folder.parent.glob("*.tflite"))):
        if file.is_file() and hash_of(file) == wanted:
            return open_model(file)
    raise UsageError(
        f"the model of `{project.name}` (SHA-256 {wanted[:12]}...) is neither in `{project.folder}` nor beside it",
        "say where it is: --tflite MODEL.tflite",
    )


def prove(
    project: CProject,
    model: Model,
    target: str,
    measured: device.Measurement,
    samples: Sequence[device.Sample],
    timeout_s: float,
    progress: Progress,
    engine: Outputs | None = None,
) -> Validation:
    """The device's outputs held against the oracle's, and if they differ the first layer that does.

    What the Larq Compute Engine computes (`engine`) is beside.
    """
    progress("computing what the outputs must be")
    anew = begins_anew(model.data)
    compared = samples[: len(measured.outputs)]
    expected, oracle = expected_outputs(model.data, model.original, compared, anew)
    found = device.validate(measured.outputs, expected, oracle)
    patience = device.Patience(run_s=timeout_s)
    proven = Proven(project, project_board(project), target, model.graph, anew, patience)
    diagnosis = diagnose(proven, compared, measured, found, progress)
    agreement = None
    if engine is not None and compared:
        tensor = model.original.output_tensors[0]
        ours = output_arrays(measured.outputs, model.original.output_tensors)[0]
        agreement = agreement_of(ours, tensor, engine[0][: len(compared)], ENGINE)
    return validation_report(found, measured, agreement, diagnosis, len(samples))


def _validated(
    project: CProject,
    model: Model,
    target: str,
    data: Dataset,
    baseline: Outputs | None,
    timeout_s: float,
    progress: Progress,
) -> Validation:
    """The samples run, proven and judged."""
    samples = samples_of(data, model.graph.input_tensors)
    anew = begins_anew(model.data)
    measured = measure(project, project_board(project), target, samples, timeout_s, progress, anew, timed=False)
    engine = _engine_outputs(model, data)
    found = prove(project, model, target, measured, samples, timeout_s, progress, engine)
    return replace(found, accuracy=_accuracy(model, data.first(found.samples), measured, baseline))


def _data(data: Path, model: Model, float_model: Path | None) -> tuple[Dataset, Outputs | None]:
    """The samples, and what the float model makes of them: all that can be wrong with these is told first."""
    dataset = load_dataset(data)
    samples_of(dataset.first(1), model.graph.input_tensors)
    if float_model is None:
        return dataset, None
    return dataset, float_outputs(float_model, dataset, len(model.graph.outputs))


def _accuracy(model: Model, data: Dataset, measured: device.Measurement, baseline: Outputs | None) -> Accuracy | None:
    """By labels, or beside the float model; None where there are neither."""
    if not data.samples or (data.labels is None and baseline is None):
        return None
    beside = None if baseline is None else tuple(values[: data.samples] for values in baseline)
    judge = Judge(data, classifies(read_summary(model.data, model.name)), beside)
    float_score = judge.baseline_score()
    scores = {} if float_score is None else {FLOAT: float_score}
    return accuracy_of(Verdict(scores, {}, (), None, judge), measured, model.graph.output_tensors)


def _engine_outputs(model: Model, data: Dataset) -> Outputs | None:
    """What the Larq Compute Engine computes of a binarized network; None of another one, or where it is not there.

    It takes real values: integers, which the device takes as they are, are nothing to it.
    """
    if not has_engine_operators(model.data) or any(array.dtype.kind in "iu" for array in data.inputs.values()):
        return None
    try:
        return run_apart([Run(model.data, model.name)], data, Worker())[0]
    except ToolchainError:
        return None

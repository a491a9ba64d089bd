"""A project or another program on a target: `run`, and `validate`, which proves its outputs."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from edgeopt import device
from edgeopt.board import Board
from edgeopt.convert import load_dataset
from edgeopt.convert.sequences import begins_anew
from edgeopt.device.oracle import expected_outputs
from edgeopt.device.samples import check_outputs_file, samples_of, save_outputs, zero_sample
from edgeopt.emit import CProject
from edgeopt.errors import UsageError
from edgeopt.pipeline.model import Model, open_model
from edgeopt.pipeline.project import ELF, build, generate, project_board
from edgeopt.report.results import ProgramReport, RunReport, Validation
from edgeopt.report.runs import program_report, run_report, validation_report
from edgeopt.simulate import run_foreign

Progress = Callable[[str], None]


def silent(step: str) -> None:
    """Progress for those who do not want to hear of it."""


def run(
    program: Path,
    target: str,
    board: Board | None = None,
    inputs: Path | None = None,
    outputs: Path | None = None,
    between: tuple[str, str] | None = None,
    timeout_s: float = 60.0,
    progress: Progress = silent,
) -> RunReport | ProgramReport:
    """Runs a generated project or, on the virtual board, any ELF; reports what was counted or measured."""
    if not program.is_dir():
        if target != "virtual" or board is None:
            hint = "use --on virtual --board BOARD, or give the folder of a project"
            raise UsageError(f"`{program}` is no project, and other programs run on a virtual board only", hint)
        return program_report(program, board, run_foreign(program, board, between, timeout_s), between)
    if between is not None:
        raise UsageError("`--between` is for programs that edgeopt did not build", "give the ELF instead of the folder")
    project = CProject.open(program)
    if outputs is not None:
        check_outputs_file(outputs, project.outputs)
    samples = zero_sample(project.inputs) if inputs is None else samples_of(load_dataset(inputs), project.inputs)
    measured = measure(project, project_board(project), target, samples, timeout_s, progress)
    if outputs is not None:
        save_outputs(outputs, measured.outputs, project.outputs)
    return run_report(project, measured, outputs)


def validate(
    model: Path,
    board: Board,
    target: str,
    data: Path,
    *,
    goal: str = "balanced",
    toolchain: str = "auto",
    optimization: str = "-O2",
    timeout_s: float = 60.0,
    progress: Progress = silent,
) -> Validation:
    """Whether the firmware of a .tflite on a target gives the oracle's outputs, byte for byte, for every sample."""
    opened = open_model(model)
    device.connector(target, board)
    samples = samples_of(load_dataset(data), opened.graph.input_tensors)
    with TemporaryDirectory(prefix="edgeopt-") as folder:
        progress("generating and building")
        project = generate(opened, board, Path(folder) / "project", goal=goal).project
        assert project is not None
        build(project.folder, toolchain, optimization)
        anew = begins_anew(opened.data)
        measured = measure(project, project_board(project), target, samples, timeout_s, progress, anew, timed=False)
    return prove(opened, measured, samples, progress)


def measure(
    project: CProject,
    board: Board,
    target: str,
    samples: Sequence[device.Sample],
    timeout_s: float,
    progress: Progress,
    anew: bool = False,
    timed: bool = True,
) -> device.Measurement:
    """Runs the project's firmware with the samples; a simulated target needs it built.

    `anew`: the samples are sequences of their own, and the network is reset before each.
    """
    elf = project.folder / ELF

    def tell(what: str, done: int, total: int) -> None:
        progress(f"running {what} on {target}: {done} of {total}")

    return device.run(
        elf if elf.is_file() else None,
        board,
        target,
        samples,
        build_id=project.build_id,
        repeats=device.Repeats() if timed else None,
        patience=device.Patience(run_s=timeout_s),
        progress=tell,
        anew=anew,
    )


def prove(
    model: Model, measured: device.Measurement, samples: Sequence[device.Sample], progress: Progress
) -> Validation:
    progress("computing what the outputs must be")
    expected, oracle = expected_outputs(model.data, model.original, samples, begins_anew(model.data))
    return validation_report(device.validate(measured.outputs, expected, oracle), measured)

"""A project or another program on a target: `run`, and `validate`, which proves its outputs."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from edgeopt import device
from edgeopt.board import Board
from edgeopt.convert import Dataset, Outputs, Run, Worker, load_dataset, run_apart, write_atomically
from edgeopt.convert.sequences import begins_anew
from edgeopt.convert.summary import has_engine_operators
from edgeopt.device.oracle import expected_outputs
from edgeopt.device.samples import check_outputs_file, output_arrays, samples_of, save_outputs, zero_sample
from edgeopt.emit import CProject
from edgeopt.errors import ToolchainError, UsageError
from edgeopt.pipeline.generation import generate
from edgeopt.pipeline.model import Model, open_model
from edgeopt.pipeline.project import ELF, build, project_board
from edgeopt.report.flame import check_flame_file, flame_text
from edgeopt.report.proof import Validation
from edgeopt.report.results import ProgramReport, RunReport
from edgeopt.report.runs import (
    agreement_of,
    program_flame,
    program_report,
    run_flame,
    run_report,
    validation_report,
)
from edgeopt.simulate import run_foreign

Progress = Callable[[str], None]
VIRTUAL, IDEAL = "virtual", "virtual:ideal"  # targets
ENGINE = "Larq Compute Engine"


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
    flame: Path | None = None,
    ideal_memory: bool = False,
) -> RunReport | ProgramReport:
    """Runs a generated project or, on the virtual board, any ELF; reports what was counted or measured.

    `flame`: a .svg or .folded file to write a flame graph to. `ideal_memory`: memory that answers at once.
    """
    if flame is not None:
        check_flame_file(flame)
    for option, given in (("--flame", flame is not None), ("--ideal-memory", ideal_memory)):
        if given and target.partition(":")[0] != VIRTUAL:
            raise UsageError(f"`{option}` is for the virtual board, not for `{target}`", f"leave out --on {target}")
    if not program.is_dir():
        if target != VIRTUAL or board is None:
            hint = "use --on virtual --board BOARD, or give the folder of a project"
            raise UsageError(f"`{program}` is no project, and other programs run on a virtual board only", hint)
        found = run_foreign(program, board, between, timeout_s, ideal_memory=ideal_memory)
        if flame is not None:
            graph = program_flame(program, board, found, between)
            write_atomically(flame, flame_text(graph, flame).encode())
        return program_report(program, board, found, between, flame)
    if between is not None:
        raise UsageError("`--between` is for programs that edgeopt did not build", "give the ELF instead of the folder")
    project = CProject.open(program)
    if outputs is not None:
        check_outputs_file(outputs, project.outputs)
    samples = zero_sample(project.inputs) if inputs is None else samples_of(load_dataset(inputs), project.inputs)
    target = IDEAL if ideal_memory and target == VIRTUAL else target
    measured = measure(project, project_board(project), target, samples, timeout_s, progress)
    if outputs is not None:
        save_outputs(outputs, measured.outputs, project.outputs)
    if flame is not None:
        write_atomically(flame, flame_text(run_flame(project, measured), flame).encode())
    return run_report(project, measured, outputs, flame)


def validate(
    model: Path,
    board: Board,
    target: str,
    data: Path,
    *,
    goal: str = "balanced",
    toolchain: str = "auto",
    optimization: str = "auto",
    timeout_s: float = 60.0,
    progress: Progress = silent,
) -> Validation:
    """Whether the firmware of a .tflite on a target gives the oracle's outputs, byte for byte, for every sample."""
    opened = open_model(model)
    device.connector(target, board)
    dataset = load_dataset(data)
    samples = samples_of(dataset, opened.graph.input_tensors)
    with TemporaryDirectory(prefix="edgeopt-") as folder:
        progress("generating and building")
        project = generate(opened, board, Path(folder) / "project", goal=goal).project
        assert project is not None
        build(project.folder, toolchain, optimization)
        anew = begins_anew(opened.data)
        measured = measure(project, project_board(project), target, samples, timeout_s, progress, anew, timed=False)
    return prove(opened, measured, samples, progress, engine_outputs(opened, dataset, str(model)))


def engine_outputs(model: Model, data: Dataset, name: str) -> Outputs | None:
    """What the Larq Compute Engine computes of a binarized network; None of another one, or where it is not there."""
    if not has_engine_operators(model.data):
        return None
    try:
        return run_apart([Run(model.data, name)], data, Worker())[0]
    except ToolchainError:
        return None


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
    model: Model,
    measured: device.Measurement,
    samples: Sequence[device.Sample],
    progress: Progress,
    engine: Outputs | None = None,
) -> Validation:
    """The device's outputs held against the oracle's. What the Larq Compute Engine computes (`engine`) is beside."""
    progress("computing what the outputs must be")
    expected, oracle = expected_outputs(model.data, model.original, samples, begins_anew(model.data))
    agreement = None
    if engine is not None:
        tensors = model.original.output_tensors
        agreement = agreement_of(output_arrays(measured.outputs, tensors)[0], tensors[0], engine[0], ENGINE)
    return validation_report(device.validate(measured.outputs, expected, oracle), measured, agreement)

"""A project or another program on a target: `run`."""

from collections.abc import Callable, Sequence
from pathlib import Path

from edgeopt import device
from edgeopt.board import Board
from edgeopt.convert import load_dataset, write_atomically
from edgeopt.device.samples import check_outputs_file, samples_of, save_outputs, zero_sample
from edgeopt.emit import CProject
from edgeopt.errors import UsageError
from edgeopt.pipeline.pace import Pace
from edgeopt.pipeline.project import ELF, project_board
from edgeopt.report.flame import check_flame_file, flame_text
from edgeopt.report.results import ProgramReport, RunReport
from edgeopt.report.runs import (
    program_flame,
    program_report,
    run_flame,
    run_report,
)
from edgeopt.simulate import run_foreign

Progress = Callable[[str], None]
VIRTUAL, IDEAL = "virtual", "virtual:ideal"  # targets


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
    model: str | None = None,
) -> RunReport | ProgramReport:
    """Runs a generated project or, on the virtual board, any ELF; reports what was counted or measured.

    `flame`: a .svg or .folded file to write a flame graph to. `ideal_memory`: memory that answers at once. `model`:
    the name of the network that is meant, of a project with several.
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
        if model is not None:
            raise UsageError("`--model` is for a project's folder", "leave it out")
        found = run_foreign(program, board, between, timeout_s, ideal_memory=ideal_memory)
        if flame is not None:
            graph = program_flame(program, board, found, between)
            write_atomically(flame, flame_text(graph, flame).encode())
        return program_report(program, board, found, between, flame)
    if between is not None:
        raise UsageError("`--between` is for programs that edgeopt did not build", "give the ELF instead of the folder")
    project = CProject.open(program).select(model)
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
    elf, paces = project.folder / ELF, dict[str, Pace]()

    def tell(what: str, done: int, total: int) -> None:
        progress(f"running {what} on {target}: {paces.setdefault(what, Pace()).words(done, total)}")

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
        model=project.index,
    )

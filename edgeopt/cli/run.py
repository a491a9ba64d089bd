"""`edgeopt run`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgeopt.board import Board, load_board
from edgeopt.cli import _options
from edgeopt.cli._app import verb
from edgeopt.cli._session import Session
from edgeopt.errors import UsageError

if TYPE_CHECKING:
    from edgeopt.report.results import ProgramReport, RunReport


@verb(place=70)
@click.argument("program", type=_options.existing())
@_options.target
@click.option(
    "-b",
    "--board",
    type=load_board,
    metavar="BOARD",
    help=f"Of an ELF [{_options.DEFAULT_BOARD}].",
)
@click.option("--inputs", type=_options.existing(False), help="Inputs of a project, .npy or .npz.")
@click.option("--outputs", type=_options.NEW, help="Where to write the outputs, .npy or .npz.")
@click.option("--between", metavar="A,B", help="Count from function A to function B of an ELF.")
@click.option("--flame", type=_options.NEW, metavar="FILE", help="Write a flame graph: .svg, or .folded stacks.")
@click.option("--ideal-memory", is_flag=True, help="Memory that answers at once, whatever the board has.")
@_options.model_name
@_options.timeout
@click.pass_context
def run(
    context: click.Context,
    program: Path,
    target: str,
    board: Board | None,
    inputs: Path | None,
    outputs: Path | None,
    between: str | None,
    flame: Path | None,
    ideal_memory: bool,
    model: str | None,
    timeout_s: float,
) -> RunReport | ProgramReport:
    """Run PROGRAM, a project folder or any ELF.

    Says what was counted on the virtual board, or measured on hardware.
    """
    from edgeopt import pipeline

    session: Session = context.obj
    if program.is_dir() and context.get_parameter_source("board") is click.core.ParameterSource.COMMANDLINE:
        raise UsageError("`--board` is for programs that edgeopt did not build", "leave it out: a project has its own")
    if board is None and program.is_file():
        board = load_board(_options.DEFAULT_BOARD)
    with session.progress(f"running {program} on {target}") as progress:
        return pipeline.run(
            program, target, board, inputs, outputs, _symbols(between), timeout_s, progress, flame, ideal_memory, model
        )


def _symbols(between: str | None) -> tuple[str, str] | None:
    if between is None:
        return None
    names = tuple(name.strip() for name in between.split(","))
    if len(names) != 2 or not all(names):
        raise UsageError(f"--between `{between}` is not two symbols", "give it as --between begin,end")
    return names[0], names[1]

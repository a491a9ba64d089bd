"""`edgeopt generate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgeopt.board import Board
from edgeopt.cli import _options
from edgeopt.cli._app import verb
from edgeopt.errors import UsageError

if TYPE_CHECKING:
    from edgeopt.report.results import Generated
    from edgeopt.report.several import GeneratedModels


@verb(place=50)
@click.argument("models", type=_options.existing(), nargs=-1, required=True, metavar="MODEL...")
@_options.board
@click.option("-o", "--output", type=_options.NEW, required=True, help="The folder to write.")
@click.option("--name", "names", multiple=True, help="Name in C; once a model, in their order.")
@click.option("--platform", default="baremetal", help="A firmware platform: baremetal, carray.")
@_options.goal
@click.option("--console", help="Console other than the board's: semihosting, rtt.")
@_options.calibration
@_options.mlperf
@_options.energy_mode
@_options.baud
@_options.input_stats
@_options.budget
def generate(
    models: tuple[Path, ...],
    board: Board,
    output: Path,
    names: tuple[str, ...],
    platform: str,
    goal: str,
    console: str | None,
    calibration: Path | None,
    mlperf: str | None,
    energy_mode: bool,
    baud: int | None,
    input_stats: bool,
    budget: Path | None,
) -> Generated | GeneratedModels:
    """Write the C project of MODEL for a board.

    Several models go into one firmware, and share one arena. Nothing is written where a limit of the budget is broken.
    """
    from edgeopt import pipeline

    if len(models) > 1:
        for option, value in (
            ("--mlperf", mlperf),
            ("--energy-mode", energy_mode or None),
            ("--calibration", calibration),
        ):
            if value is not None:
                raise UsageError(f"`{option}` is for one model, {len(models)} were given", f"leave {option} out")
        return pipeline.generate_several(
            models, board, output, platform, goal, console, names, budget, baud, input_stats
        )
    if len(names) > 1:
        raise UsageError(f"{len(names)} names were given for one model", "give --name once")
    name = names[0] if names else None
    return pipeline.generate(
        models[0],
        board,
        output,
        platform,
        goal,
        console,
        calibration,
        mlperf,
        budget=budget,
        name=name,
        energy_mode=energy_mode,
        baud=baud,
        input_stats=input_stats,
    )

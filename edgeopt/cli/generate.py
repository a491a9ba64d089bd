"""`edgeopt generate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgeopt.board import Board
from edgeopt.cli import _options
from edgeopt.cli._app import verb

if TYPE_CHECKING:
    from edgeopt.report.results import Generated


@verb(place=50)
@_options.model
@_options.board
@click.option("-o", "--output", type=_options.NEW, required=True, help="The folder to write.")
@click.option("--platform", default="baremetal", help="A firmware platform: baremetal, carray.")
@_options.goal
@click.option("--console", help="Console other than the board's: semihosting.")
@_options.calibration
@_options.mlperf
@_options.budget
def generate(
    model: Path,
    board: Board,
    output: Path,
    platform: str,
    goal: str,
    console: str | None,
    calibration: Path | None,
    mlperf: str | None,
    budget: Path | None,
) -> Generated:
    """Write the C project of MODEL for a board.

    Nothing is written where a limit of the budget is broken.
    """
    from edgeopt import pipeline

    return pipeline.generate(model, board, output, platform, goal, console, calibration, mlperf, budget=budget)

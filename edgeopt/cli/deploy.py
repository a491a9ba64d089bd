"""`edgeopt deploy`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgeopt.board import Board
from edgeopt.cli import _options
from edgeopt.cli._app import verb
from edgeopt.cli._conversion import conversion_options
from edgeopt.cli._session import Session

if TYPE_CHECKING:
    from edgeopt.convert import Choices, Limits, Trust
    from edgeopt.report.results import Deployment


@verb(place=90)
@_options.model
@_options.board
@_options.calibration
@_options.data
@click.option("-o", "--output", type=_options.NEW, default="edgeopt-out", help="The folder to write.")
@_options.target
@_options.goal
@_options.mlperf
@_options.energy_mode
@_options.baud
@_options.input_stats
@_options.budget
@_options.toolchain
@_options.optimization
@_options.timeout
@conversion_options
@click.pass_obj
def deploy(
    session: Session,
    model: Path,
    board: Board,
    calibration: Path | None,
    data: Path | None,
    output: Path,
    target: str,
    goal: str,
    mlperf: str | None,
    energy_mode: bool,
    baud: int | None,
    input_stats: bool,
    budget: Path | None,
    toolchain: str,
    optimization: str,
    timeout_s: float,
    choices: Choices,
    trust: Trust,
    limits: Limits,
) -> Deployment:
    """All of it, once, from MODEL to the report."""
    from edgeopt import pipeline

    with session.progress(f"deploying {model.name}") as progress:
        return pipeline.deploy(
            model,
            board,
            calibration,
            data,
            output,
            target=target,
            goal=goal,
            mlperf=mlperf,
            energy_mode=energy_mode,
            baud=baud,
            input_stats=input_stats,
            toolchain=toolchain,
            optimization=optimization,
            timeout_s=timeout_s,
            choices=choices,
            trust=trust,
            limits=limits,
            progress=progress,
            budget=budget,
        )

"""`edgeopt compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgeopt.board import Board, load_board
from edgeopt.cli import _options
from edgeopt.cli._app import verb
from edgeopt.cli._conversion import conversion_options
from edgeopt.cli._session import Session

if TYPE_CHECKING:
    from edgeopt.convert import Choices, Limits, Trust
    from edgeopt.report.comparison import Comparison, RunComparison
    from edgeopt.report.differences import RunDifferences


@verb(place=85)
@click.argument("models", metavar="MODEL...", nargs=-1, required=True, type=_options.existing())
@_options.data
@_options.calibration
@click.option("-b", "--board", type=load_board, metavar="BOARD", help="Also what the C would take on this board.")
@conversion_options
@click.pass_obj
def compare(
    session: Session,
    models: tuple[Path, ...],
    data: Path | None,
    calibration: Path | None,
    board: Board | None,
    choices: Choices,
    trust: Trust,
    limits: Limits,
) -> Comparison | RunComparison | RunDifferences:
    """One MODEL under several runtimes, or two runs, side by side.

    LiteRT, ONNX Runtime, tflite-micro and the C: outputs, accuracy, time, size. Give a model and its int8 .tflite, or a
    model with --calibration; or RUN RUN, the report.json of deployments and what `measure --save` wrote: each figure
    with its difference, and whether that is beyond the noise.
    """
    from edgeopt import pipeline

    with session.progress(f"comparing {models[0].name}") as progress:
        return pipeline.compare(
            models,
            data,
            board=board,
            calibration=calibration,
            choices=choices,
            trust=trust,
            limits=limits,
            progress=progress,
        )

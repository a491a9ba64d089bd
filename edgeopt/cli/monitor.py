"""`edgeopt monitor`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgeopt.board import Board, load_board
from edgeopt.cli import _options
from edgeopt.cli._app import verb
from edgeopt.cli._session import Session

if TYPE_CHECKING:
    from edgeopt.report.monitoring import Monitored


@verb(place=84)
@click.argument("project", metavar="[DIR]", type=_options.existing(), required=False)
@click.option("--on", "target", default="serial:auto", help="Which: serial:PORT, serial:auto, or virtual.")
@click.option("-b", "--board", type=load_board, metavar="BOARD", help="Without DIR: how to reach it.")
@click.option("--every", "every_s", type=_options.duration, metavar="TIME", help="Run an inference so often, e.g. 10s.")
@click.option("--for", "for_s", type=_options.duration, metavar="TIME", help="How long, e.g. 1h [until Ctrl-C].")
@click.option("--watchdog", "watchdog_s", type=_options.duration, metavar="TIME", help="Start the board's, e.g. 2s.")
@_options.model_name
@_options.timeout
@click.pass_obj
def monitor(
    session: Session,
    project: Path | None,
    target: str,
    board: Board | None,
    every_s: float | None,
    for_s: float | None,
    watchdog_s: float | None,
    model: str | None,
    timeout_s: float,
) -> Monitored:
    """Watch a board: what it says, faults, restarts.

    With --every also an inference every so often, whose outputs must stay the same. Ends with a summary.
    """
    from edgeopt import pipeline

    def tell(at_s: float, line: str) -> None:
        session.line(f"{at_s:10.3f} s  {line}")

    return pipeline.monitor(
        project,
        target,
        board,
        every_s=every_s,
        for_s=for_s,
        watchdog_s=watchdog_s,
        model=model,
        timeout_s=timeout_s,
        tell=tell,
    )

"""`edgeopt flash`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgeopt.board import Board, load_board
from edgeopt.cli import _options
from edgeopt.cli._app import verb
from edgeopt.cli._session import Session

if TYPE_CHECKING:
    from edgeopt.report.flashing import Flashed


@verb(place=65)
@click.argument("program", type=_options.existing())
@click.option("-b", "--board", type=load_board, metavar="BOARD", help="Of an ELF; a project has its own.")
@click.option("--with", "tool", metavar="TOOL", help="Another flasher of the board file than its first.")
@click.option("--port", metavar="PORT", help="Its serial port [found by the USB ids], or the folder of its drive.")
@click.option("--probe", metavar="ID", help="Serial number of the debug probe, where there are several.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--check", is_flag=True, help="Then ask the board over its serial port which build it runs.")
@click.option("--on", "target", metavar="TARGET", help="Where --check asks: serial:PORT [--port, or serial:auto].")
@click.option("--timeout", "timeout_s", type=_options.SECONDS, default=120.0, help="Seconds a step of the tool.")
@click.pass_obj
def flash(
    session: Session,
    program: Path,
    board: Board | None,
    tool: str | None,
    port: str | None,
    probe: str | None,
    dry_run: bool,
    check: bool,
    target: str | None,
    timeout_s: float,
) -> Flashed:
    """Write PROGRAM, a built project or an ELF, into a board.

    What is written is verified, by the tool where it can.
    """
    from edgeopt import pipeline

    with session.progress(f"flashing {program}") as progress:
        return pipeline.flash(
            program,
            board,
            tool=tool,
            port=port,
            probe=probe,
            dry_run=dry_run,
            check=check,
            target=target,
            timeout_s=timeout_s,
            progress=progress,
        )

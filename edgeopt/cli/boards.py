"""`edgeopt boards`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from edgeopt.board import Board, board_names, load_board
from edgeopt.cli._app import verb

if TYPE_CHECKING:
    from edgeopt.report.views.boards import Boards


@verb(place=20)
@click.argument("board", type=load_board, required=False)
def boards(board: Board | None) -> Board | Boards:
    """List the boards, or show BOARD in full."""
    from edgeopt.report.views.boards import Boards

    return board or Boards(tuple(load_board(name) for name in board_names()))

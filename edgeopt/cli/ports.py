"""`edgeopt ports`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from edgeopt.board import Board, board_names, load_board
from edgeopt.cli._app import verb

if TYPE_CHECKING:
    from edgeopt.report.views.ports import Ports


@verb(place=62)
@click.argument("board", type=load_board, required=False)
def ports(board: Board | None) -> Ports:
    """List the serial ports, and which boards may be there.

    With BOARD, a name or a .toml file: which port is that board's.
    """
    from edgeopt.device.ports import ports as found
    from edgeopt.report.views.ports import Ports

    looked_for = (board,) if board is not None else tuple(load_board(name) for name in board_names())
    usb = board.usb if board is not None else None
    told = f"{usb.name} ({', '.join(usb.ids)})" if usb is not None else ""
    return Ports(found(looked_for), board.name if board is not None else "", told)

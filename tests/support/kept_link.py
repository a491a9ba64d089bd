"""A link for tests: `kept:NAME` is a virtual board that stays powered when its link is closed, until `power_off`."""

from pathlib import Path

from edgeopt.board import Board
from edgeopt.device.link import LINKS, MEASURED, Connector, LinkTraits, needed_elf
from edgeopt.device.links.virtual import CountingVirtualLink

_boards: dict[str, CountingVirtualLink] = {}


class KeptLink:
    traits = LinkTraits(MEASURED, deterministic=False, timed=True)

    def __init__(self, board: CountingVirtualLink) -> None:
        self._board = board

    def write(self, data: bytes) -> None:
        self._board.write(data)

    def read(self, timeout_s: float) -> bytes:
        return self._board.read(timeout_s)

    def close(self) -> None:
        """The board stays on."""


@LINKS.register("kept")
def kept_link(argument: str, board: Board) -> Connector:
    def connect(elf: Path | None) -> KeptLink:
        if argument not in _boards:
            _boards[argument] = CountingVirtualLink(needed_elf("kept", elf), board, ideal_memory=True)
        return KeptLink(_boards[argument])

    return connect


def power_off() -> None:
    for board in _boards.values():
        board.close()
    _boards.clear()

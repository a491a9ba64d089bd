"""QEMU: the same ELF on an emulator that has nothing in common with the virtual board. Its time is not silicon's."""

from pathlib import Path

from edgeopt.board import Board
from edgeopt.device.link import LINKS, SIMULATED, LinkTraits, ended, needed_elf
from edgeopt.simulate.qemu import QemuBoard


class QemuLink:
    traits = LinkTraits(SIMULATED, deterministic=True, timed=False, bulk="qemu")

    def __init__(self, elf: Path, board: Board) -> None:
        self._board = QemuBoard(elf, board)

    def write(self, data: bytes) -> None:
        self._board.write(data)

    def read(self, timeout_s: float) -> bytes:
        data = self._board.read(timeout_s)
        if not data and self._board.has_ended:
            raise ended(self._board.exit_code)
        return data

    def close(self) -> None:
        self._board.close()


@LINKS.register("qemu")
def open_qemu(argument: str, board: Board, elf: Path | None) -> QemuLink:
    return QemuLink(needed_elf("qemu", argument, elf), board)

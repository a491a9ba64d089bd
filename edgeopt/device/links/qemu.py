"""QEMU: the same ELF on an emulator that has nothing in common with the virtual board. Its time is not silicon's."""

from pathlib import Path

from edgeopt.board import Board
from edgeopt.device.link import LINKS, SIMULATED, Connector, LinkTraits, ended, needed_elf, refuse_argument, refuse_rtt
from edgeopt.simulate.qemu import QemuBoard, machine_of


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
def qemu_link(argument: str, board: Board) -> Connector:
    refuse_argument("qemu", argument)
    machine_of(board)
    refuse_rtt("qemu", board)
    return lambda elf: QemuLink(needed_elf("qemu", elf), board)

"""Links for tests: boards that pass for real ones, and what happens to them.

`frail` is the virtual board with the traits of a real one: many runs, the host's times. `frail:run=3` is unplugged when
the third `run` is sent, `frail:NAME=N` likewise with any command. `frail:hang` never answers until it is closed.
"""

import threading
from pathlib import Path

from edgeopt.board import Board
from edgeopt.device.link import LINKS, MEASURED, Connector, LinkTraits, needed_elf
from edgeopt.device.links.virtual import CountingVirtualLink
from edgeopt.errors import DeviceError

UNPLUGGED = "the port is gone"
closed: list[str] = []  # what was closed
hanging = threading.Semaphore(0)  # released by each read of a link that hangs


class FrailLink:
    traits = LinkTraits(MEASURED, deterministic=False, timed=True)

    def __init__(self, elf: Path, board: Board, command: str, number: int) -> None:
        self._board = CountingVirtualLink(elf, board, ideal_memory=True)
        self._command, self._left = f" {command} ".encode(), number

    def write(self, data: bytes) -> None:
        if self._left and self._command in data:
            self._left -= 1
            if self._left == 0:
                raise DeviceError(UNPLUGGED, "plug it in")
        self._board.write(data)

    def read(self, timeout_s: float) -> bytes:
        return self._board.read(timeout_s)

    def close(self) -> None:
        closed.append(self._command.decode().strip())
        self._board.close()


class HangingLink:
    traits = LinkTraits(MEASURED, deterministic=False, timed=True)

    def __init__(self) -> None:
        self._closed = threading.Event()

    def write(self, data: bytes) -> None:
        """Nobody listens."""

    def read(self, timeout_s: float) -> bytes:
        hanging.release()
        if self._closed.wait(60.0):
            raise DeviceError("the port was closed", "open it")
        return b""

    def close(self) -> None:
        closed.append("hang")
        self._closed.set()


@LINKS.register("frail")
def frail_link(argument: str, board: Board) -> Connector:
    if argument == "hang":
        return lambda elf: HangingLink()
    command, _, number = argument.partition("=")
    return lambda elf: FrailLink(needed_elf("frail", elf), board, command, int(number or 0))

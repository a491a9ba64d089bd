"""An emulated interface board: the commands of the official one, with a board behind it, as an Emulator.

Facts: mlcommons/tiny benchmark/interface, Application/CLI/InterfaceMenu.cpp and Menu.cpp.
"""

from typing import Protocol

NAME = "tinyML Enhanced Interface Board"
_PREFIX = b"[dut]: "
_END = b"m-ready\r\n"
_LONGEST_BYTES = 1 << 12  # of a command


class Behind(Protocol):
    """The board behind it: a Link, or anything that reads and writes like one."""

    def write(self, data: bytes) -> None: ...

    def read(self, timeout_s: float) -> bytes: ...


class InterfaceBoard:
    """An `Emulator` (edgeopt.power.emulator). `baud` is what it talks to the board at; `resets` counts `setbaud`."""

    def __init__(self, board: Behind, baud: int = 9_600) -> None:
        self._board = board
        self._command = bytearray()
        self._line = bytearray()
        self.baud = baud
        self.resets = 0

    def receive(self, data: bytes, now_s: float) -> bytes:
        self._command += data
        said = []
        while b"%" in self._command:
            command, _, rest = bytes(self._command).partition(b"%")
            self._command[:] = rest
            said.append(self._answer(command.decode("ascii", "replace")))
        del self._command[:-_LONGEST_BYTES]
        return b"".join(said)

    def stream(self, now_s: float) -> bytes:
        """What the board has said meanwhile, each whole line behind its prefix."""
        self._line += self._board.read(0.0)
        *lines, rest = bytes(self._line).split(b"\n")
        self._line[:] = rest
        return b"".join(_PREFIX + line.rstrip(b"\r") + b"\r\n" for line in lines)

    def _answer(self, command: str) -> bytes:
        word, _, argument = command.partition(" ")
        if word == "dut":
            self._board.write(argument.encode("ascii", "replace") + b"%")
            return f"m-dut-passthrough({argument})\r\n".encode() + _END
        if word == "name":
            return f"{NAME}\r\n".encode() + _END
        if word == "checkbaud":
            return f"baud is: {self.baud}\n".encode() + _END
        if word == "setbaud" and argument.isdecimal():
            self.baud = int(argument)
            self.resets += 1
            return f"set baud to: {argument}\n".encode() + _END
        return _END

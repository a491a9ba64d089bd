"""An interface board of MLPerf Tiny between host and board: it isolates the UART, so that a meter sees the board alone.

`dut COMMAND%` is answered with `m-dut-passthrough(COMMAND)` and `m-ready` by the interface board itself, then come the
board's own lines, each behind `[dut]: `. Facts: mlcommons/tiny benchmark/interface, InterfaceMenu.cpp and Menu.cpp.
"""

import re
import time
from collections.abc import Callable

from edgeopt.board import Board
from edgeopt.device.lines import printable
from edgeopt.device.link import LINKS, Connector, Link, LinkTraits
from edgeopt.device.links.serial import SerialLink
from edgeopt.errors import LinkTimeout, ProtocolError, UsageError

BAUD = 115_200  # between host and interface board; that of the board is the interface board's own setting
PREFIX = b"[dut]: "
_ECHO = b"m-dut-passthrough("
_READY = b"m-ready"
_BAUD_IS = re.compile(rb"baud is: ?([0-9]{1,8})")
_ANSWER_S = 5.0
_RESET_S = 1.0  # that it takes to start again after `setbaud`
_LONGEST_LINE_BYTES = 1 << 16
_WHICH = "is it an interface board of MLPerf Tiny, and the port the host's? See docs/mlperf_tiny.md"


class InterfaceLink:
    """A link to the board behind an interface board: its commands are written, its lines are read."""

    def __init__(self, link: Link, clock: Callable[[], float] = time.monotonic) -> None:
        self._link = link
        self._clock = clock
        self._command = bytearray()
        self._received = bytearray()
        self._own_answer = False  # the next m-ready is the interface board's

    @property
    def traits(self) -> LinkTraits:
        return self._link.traits

    def set_baud(self, baud: int, pause: Callable[[float], None] = time.sleep) -> None:
        """Has the interface board talk to the board at `baud`; it keeps that, and starts again where it was another.

        An older one, which answers `checkbaud` with nothing, is left as it is. ProtocolError where it stays at another.
        """
        told = self._baud()
        if told is None or told == baud:
            return
        self._ask(b"setbaud %d" % baud)
        pause(_RESET_S)
        end_s = self._clock() + _ANSWER_S
        while self._link.read(0.1) and self._clock() < end_s:
            pass
        if self._baud() != baud:
            raise ProtocolError(f"the interface board stays at {told} baud, the board has {baud}", _WHICH)

    def write(self, data: bytes) -> None:
        self._command += data
        while b"%" in self._command:
            command, _, rest = bytes(self._command).partition(b"%")
            self._command[:] = rest
            self._own_answer = True
            self._link.write(b"dut " + command + b"%")

    def read(self, timeout_s: float) -> bytes:
        end_s = self._clock() + timeout_s
        while True:
            lines = self._lines()
            if lines:
                return lines
            left_s = end_s - self._clock()
            data = self._link.read(left_s) if left_s > 0 else b""
            if not data:
                return b""
            self._received += data
            if len(self._received) > _LONGEST_LINE_BYTES and b"\n" not in self._received:
                raise ProtocolError("the interface board sends a line that does not end", _WHICH)

    def close(self) -> None:
        self._link.close()

    def _lines(self) -> bytes:
        """What the board itself has said, of the whole lines that have come."""
        *lines, rest = bytes(self._received).split(b"\n")
        self._received[:] = rest
        said = []
        for line in lines:
            text = line.rstrip(b"\r")
            if text.startswith(PREFIX):
                said.append(text[len(PREFIX) :] + b"\r\n")
            elif text.startswith(b"e-[") and self._own_answer:  # it does not know `dut`
                raise ProtocolError(f"the interface board refuses `dut`: {printable(text)}", _WHICH)
            elif text == _READY:
                self._own_answer = False
        return b"".join(said)

    def _baud(self) -> int | None:
        for line in self._ask(b"checkbaud"):
            match = _BAUD_IS.search(line)
            if match:
                return int(match.group(1))
        return None

    def _ask(self, command: bytes) -> list[bytes]:
        """A command of the interface board's own."""
        self._link.write(command + b"%")
        received = b""
        end_s = self._clock() + _ANSWER_S
        while _READY + b"\r\n" not in received:
            left_s = end_s - self._clock()
            data = self._link.read(left_s) if left_s > 0 else b""
            if not data or len(received) > _LONGEST_LINE_BYTES:
                raise LinkTimeout(f"the interface board does not answer `{command.decode()}`", _WHICH)
            received += data
        return received.split(b"\n")


@LINKS.register("interface")
def interface_link(argument: str, board: Board) -> Connector:
    if not argument:
        raise UsageError("`interface` needs the interface board's port", "write --on interface:/dev/ttyACM0")
    baud = board.console.baud
    if not baud:
        raise UsageError(
            f"the firmware of {board.name} does not talk over a UART, so no interface board can pass it on",
            "generate it with --mlperf and --energy-mode, and without --console",
        )

    def open_interface() -> Link:
        link = InterfaceLink(SerialLink(argument, BAUD))
        try:
            link.set_baud(baud)
        except BaseException:
            link.close()
            raise
        return link

    return lambda elf: open_interface()

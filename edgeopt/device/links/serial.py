"""A serial port, or any pySerial URL: `socket://host:port`, `rfc2217://host:port` reach a board farm."""

import select
import time

import serial

from edgeopt.board import Board
from edgeopt.board.types import UsbReset
from edgeopt.device.link import LINKS, MEASURED, Connector, LinkTraits
from edgeopt.device.port_errors import busy, cannot_open, holders
from edgeopt.device.ports import Comports, find_port, system_ports
from edgeopt.errors import PortError, UsageError

try:
    from termios import error as termios_error
except ImportError:  # Windows

    class termios_error(Exception):  # type: ignore[no-redef]  # noqa: N801
        """Nothing raises it there."""


AUTO = "auto"
_WRITE_TIMEOUT_S = 10.0  # a dead USB bridge blocks for ever without it
_READ_LIMIT_BYTES = 4096
_SLICE_S = 0.02  # between looks at a port that cannot be waited for
_RESET_S = 0.1
_BREAK_S = 0.3
_FORK_PAUSES_S = (0.02, 0.1, 0.5)
_BOOT_S = 3.0  # from a reset to the end of the banner, at most
_READY = b"m-ready"
# NotImplementedError: what a kind of URL cannot do; TypeError: a port that is closed meanwhile.
_FAILURES = (OSError, ValueError, NotImplementedError, TypeError, termios_error)  # SerialException is an OSError


class SerialLink:
    """A port at `baud` bits a second, 8N1, no flow control. What came before it was opened is thrown away.

    No other program may have a local port open. `reset`: how the port's lines reset the board; "none" leaves them as
    opening a port sets them.
    """

    traits = LinkTraits(MEASURED, deterministic=False, timed=True)

    def __init__(self, url: str, baud: int, reset: UsbReset = "none") -> None:
        self._url = url
        self._port = _open(url, baud, reset)
        self._baud = baud
        self._waitable = _waitable(self._port)
        try:
            self._reset(reset)
            if reset == "none":
                self._port.reset_input_buffer()
        except _FAILURES as error:
            _close(self._port)
            raise self._lost(error) from None

    @property
    def baud(self) -> int | None:
        """Bits a second; None where the link has no such thing, or it is the other end's."""
        return None if self._url.startswith("socket://") else self._baud

    def set_baud(self, baud: int) -> None:
        """Goes on at another rate; what came at the old one is thrown away."""
        try:
            self._port.baudrate = baud
            self._port.reset_input_buffer()
        except _FAILURES as error:
            raise self._lost(error) from None

    def write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except _FAILURES as error:
            raise self._lost(error) from None

    def read(self, timeout_s: float) -> bytes:
        try:
            if self._waitable:
                ready, _, _ = select.select([self._port.fileno()], [], [], timeout_s)
                return bytes(self._port.read(_READ_LIMIT_BYTES)) if ready else b""
            return self._read_by_slices(timeout_s)
        except _FAILURES as error:
            raise self._lost(error) from None

    def close(self) -> None:
        _close(self._port)

    def _read_by_slices(self, timeout_s: float) -> bytes:
        """For ports that the system cannot wait for by select: their own wait is a slice long, and never changed.

        pySerial negotiates all settings of an rfc2217 port anew when its time-out changes.
        """
        end_s = time.monotonic() + timeout_s
        while True:
            first = self._port.read(1)
            if first:
                return bytes(first + self._port.read(min(self._port.in_waiting, _READ_LIMIT_BYTES)))
            if time.monotonic() >= end_s:
                return b""

    def _reset(self, reset: UsbReset) -> None:
        """Resets the board, where its port can, and waits for its banner."""
        port = self._port
        if reset == "none":
            return
        if reset == "break":
            port.send_break(_BREAK_S)
        elif reset == "dtr":
            port.dtr = False
            time.sleep(_RESET_S)
            port.dtr = True
        else:
            port.dtr = False
            port.rts = True
            time.sleep(_RESET_S)
            port.rts = False
        end_s = time.monotonic() + _BOOT_S
        banner = b""
        while _READY not in banner and time.monotonic() < end_s:
            banner = (banner + self.read(end_s - time.monotonic()))[-_READ_LIMIT_BYTES:]

    def _lost(self, error: Exception) -> PortError:
        reason = " ".join(str(error).split())[:160]
        return PortError(f"`{self._url}` failed: {reason}", "is the board still connected, and does it stay powered?")


def _open(url: str, baud: int, reset: UsbReset) -> serial.SerialBase:
    local = "://" not in url
    try:
        port = serial.serial_for_url(url, do_not_open=True, baudrate=baud, timeout=_SLICE_S)
    except _FAILURES as error:
        raise cannot_open(url, error) from None
    try:
        if local:
            port.write_timeout = _WRITE_TIMEOUT_S
            port.exclusive = True
        if reset == "rts":
            port.dtr = port.rts = False  # the chip runs, and not into its boot loader
        port.open()
        if _waitable(port):
            port.timeout = 0
    except _FAILURES as error:
        _close(port)
        raise cannot_open(url, error) from None
    if local and _is_held(url):  # without a lock: it would take a part of the answers
        _close(port)
        raise busy(url)
    return port


def _is_held(url: str) -> bool:
    """Whether another program has the port. A child that this one starts has its files too, for a moment."""
    for pause_s in _FORK_PAUSES_S:
        if not holders(url):
            return False
        time.sleep(pause_s)
    return bool(holders(url))


def _close(port: serial.SerialBase) -> None:
    """Closes also what pySerial leaves open: a connection that turned out useless, or that the other end has closed."""
    connection = getattr(port, "_socket", None)
    port.close()
    if connection is not None:
        connection.close()


def _waitable(port: serial.SerialBase) -> bool:
    """Whether select() can wait for the port: what has a file descriptor, but on Windows."""
    try:
        select.select([port.fileno()], [], [], 0)
    except (OSError, ValueError, AttributeError, TypeError):
        return False
    return True


@LINKS.register("serial")
def serial_link(argument: str, board: Board) -> Connector:
    if not argument:
        hint = f"serial:{AUTO}, serial:/dev/ttyACM0 or serial:socket://farm:4000; `edgeopt ports` lists the ports"
        raise UsageError("`serial` needs a port", hint)
    _check_console(argument, board)
    if argument == AUTO:
        return auto_link(board)
    return lambda elf: SerialLink(argument, board.console.baud, _reset_of(board))


def auto_link(board: Board, comports: Comports = system_ports) -> Connector:
    """What opens the one port that the board is behind; the errors of `find_port`."""
    device = find_port(board, comports).device
    return lambda elf: SerialLink(device, board.console.baud, _reset_of(board))


def _check_console(argument: str, board: Board) -> None:
    """UsageError where the firmware does not talk over a serial port; a socket may have anything behind it."""
    console = board.console
    if console.baud or argument.startswith("socket://"):
        return
    what = f"the firmware of {board.name} does not talk over a serial port: its console is {console.kind}"
    if console.kind == "rtt":
        raise UsageError(what, "reach it through a debug probe: --on rtt:auto")
    raise UsageError(what, "generate it with --console uart or rtt, or run it with --on virtual")


def _reset_of(board: Board) -> UsbReset:
    return board.usb.reset if board.usb is not None else "none"

"""A serial port, or any pySerial URL: `socket://host:port`, `rfc2217://host:port` reach a board farm."""

import os

import serial

from edgeopt.board import Board
from edgeopt.device.link import LINKS, MEASURED, Connector, LinkTraits
from edgeopt.errors import DeviceError, UsageError

_WRITE_TIMEOUT_S = 10.0  # a dead USB bridge blocks for ever without it
_READ_LIMIT_BYTES = 4096


class SerialLink:
    """A port at `baud` bits a second, 8N1, no flow control. What came before it was opened is thrown away."""

    traits = LinkTraits(MEASURED, deterministic=False, timed=True)

    def __init__(self, url: str, baud: int) -> None:
        self._url = url
        try:
            self._port = serial.serial_for_url(url, baudrate=baud, timeout=0, write_timeout=_WRITE_TIMEOUT_S)
            self._port.reset_input_buffer()
        except (OSError, ValueError) as error:  # serial.SerialException is an OSError
            # pySerial puts the system's error and its own sentence around the words that count.
            reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
            raise DeviceError(
                f"cannot open `{url}`: {reason}", "see the ports: python -m serial.tools.list_ports"
            ) from None

    def write(self, data: bytes) -> None:
        try:
            self._port.write(data)
            self._port.flush()
        except OSError as error:
            raise self._lost(error) from None

    def read(self, timeout_s: float) -> bytes:
        try:
            self._port.timeout = timeout_s
            first = self._port.read(1)
            if not first:
                return b""
            self._port.timeout = 0
            return bytes(first + self._port.read(_READ_LIMIT_BYTES))
        except (OSError, TypeError) as error:  # TypeError: a port that is closed meanwhile
            raise self._lost(error) from None

    def close(self) -> None:
        self._port.close()

    def _lost(self, error: Exception) -> DeviceError:
        return DeviceError(f"`{self._url}` failed: {error}", "is the board still connected?")


@LINKS.register("serial")
def serial_link(argument: str, board: Board) -> Connector:
    if not argument:
        raise UsageError("`serial` needs a port", "for example serial:/dev/ttyACM0 or serial:socket://farm:4000")
    return lambda elf: SerialLink(argument, board.console.baud)

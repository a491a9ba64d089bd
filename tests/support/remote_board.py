"""A board of a farm: firmware on the virtual board behind a TCP port, by RFC 2217."""

import socket
import threading
from pathlib import Path

import serial
import serial.rfc2217

from edgeopt.board import Board
from edgeopt.device.links.virtual import CountingVirtualLink
from edgeopt.errors import DeviceError

_LOOK_S = 0.02


class RemoteBoard:
    """Listens on `port` of this computer until `close`; each connection finds a board that has just been switched on.

    `bytes_limit`: after so many bytes sent the connection is cut, as by somebody who trips over the cable.
    """

    def __init__(self, elf: Path, board: Board, bytes_limit: int | None = None) -> None:
        self._elf, self._board = elf, board
        self._left = bytes_limit
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(_LOOK_S)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    @property
    def target(self) -> str:
        return f"serial:rfc2217://127.0.0.1:{self._server.getsockname()[1]}"

    def close(self) -> None:
        self._closed.set()
        self._thread.join(30.0)
        self._server.close()

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                connection, _ = self._server.accept()
            except TimeoutError:
                continue
            with connection:
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        link = CountingVirtualLink(self._elf, self._board, ideal_memory=True)
        # The manager wants a port to set the baud rate of: nobody looks at what it is.
        manager = serial.rfc2217.PortManager(serial.serial_for_url("loop://"), _Writer(connection))
        connection.settimeout(_LOOK_S)
        try:
            while not self._closed.is_set():
                self._send(connection, link, manager)
                try:
                    data = connection.recv(4096)
                except TimeoutError:
                    continue
                if not data:
                    return
                link.write(b"".join(manager.filter(data)))
        except (OSError, DeviceError):
            return
        finally:
            link.close()

    def _send(
        self, connection: socket.socket, link: CountingVirtualLink, manager: "serial.rfc2217.PortManager"
    ) -> None:
        while data := link.read(1.0):
            if self._left is not None:
                self._left -= len(data)
                if self._left < 0:
                    raise OSError("somebody tripped over the cable")
            connection.sendall(b"".join(manager.escape(data)))


class _Writer:
    """The connection as the manager writes to it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def write(self, data: bytes) -> None:
        self._connection.sendall(data)

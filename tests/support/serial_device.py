"""The fake device behind ports that a computer may have: a pseudo terminal, and pySerial's own RFC 2217 server."""

import os
import pty
import socket
import subprocess
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import serial
from serial.rfc2217 import PortManager
from support.fake_device import BANNER


@contextmanager
def on_pty(program: Path) -> Iterator[str]:
    """Path of a serial port that `program` is on."""
    host, device = pty.openpty()
    tty.setraw(device)
    process = subprocess.Popen([program], stdin=host, stdout=host)
    try:
        yield os.ttyname(device)
    finally:
        process.terminate()
        process.wait()
        os.close(host)
        os.close(device)


class LinedSerial(serial.Serial):
    """A port whose DTR, RTS and break are written down: a pseudo terminal has none."""

    def __init__(self, path: str, on_line: Callable[[str, bool], None]) -> None:
        self.on_line = on_line
        super().__init__(path, 115200, timeout=0.02)

    def _update_dtr_state(self) -> None:
        self.on_line("dtr", self._dtr_state)

    def _update_rts_state(self) -> None:
        self.on_line("rts", self._rts_state)

    def _update_break_state(self) -> None:
        self.on_line("break", self._break_state)

    cts = dsr = ri = cd = property(lambda self: False)


class Rfc2217Server:
    """One port on the network, for one client after the other. `lines`: what it did with its control lines."""

    def __init__(self, path: str) -> None:
        self.lines: list[tuple[str, bool]] = []
        self._client: socket.socket | None = None
        self._serial = LinedSerial(path, self._on_line)
        self.lines.clear()  # of its own opening
        self._server = socket.create_server(("127.0.0.1", 0))
        self._ended = False
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"rfc2217://127.0.0.1:{self._server.getsockname()[1]}"

    def write(self, data: bytes) -> None:
        """What PortManager sends to the client."""
        if self._client is not None:
            try:
                self._client.sendall(data)
            except OSError:
                self._client = None

    def _on_line(self, name: str, on: bool) -> None:
        """The board says its banner when a reset by that line ends; else the client would wait for it."""
        ends = (name, not on) in self.lines and (name, on) in (("dtr", True), ("rts", False), ("break", False))
        self.lines.append((name, on))
        if ends:
            self.write(BANNER)

    def hang_up(self) -> None:
        if self._client is not None:
            self._client.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._ended = True
        self.hang_up()
        with socket.create_connection(self._server.getsockname()):
            pass
        for thread in self._threads:
            thread.join()
        self._server.close()
        self._serial.close()

    def _serve(self) -> None:
        while True:
            client, _ = self._server.accept()
            with client:
                if self._ended:
                    return
                self._client = client
                manager = PortManager(self._serial, self)
                upwards = threading.Thread(target=self._upwards, args=(manager, client))
                upwards.start()
                while data := _received(client):
                    self._serial.write(b"".join(manager.filter(data)))
                self._client = None
                upwards.join()

    def _upwards(self, manager: PortManager, client: socket.socket) -> None:
        while self._client is client:
            if data := self._serial.read(self._serial.in_waiting or 1):
                self.write(b"".join(manager.escape(data)))


def _received(client: socket.socket) -> bytes:
    try:
        return client.recv(4096)
    except OSError:
        return b""

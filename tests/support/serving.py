"""A device behind a TCP port, as a serial server has it: what comes goes to a link, and back."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from edgeopt.device import Link
from edgeopt.errors import DeviceError


@contextmanager
def serve_link(link: Link) -> Iterator[str]:
    """Serves one connection after the other at the pySerial URL that it gives, until the block ends."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(0.05)
                _relay(connection, link, ended)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"socket://127.0.0.1:{server.getsockname()[1]}"
    finally:
        ended.set()
        thread.join(10)
        server.close()
        link.close()


def _relay(connection: socket.socket, link: Link, ended: threading.Event) -> None:
    while not ended.is_set():
        try:
            data = connection.recv(4096)
            if not data:
                return
            link.write(data)
        except TimeoutError:
            pass
        except OSError:
            return
        try:
            while answer := link.read(0.0):
                connection.sendall(answer)
        except (OSError, DeviceError):
            return

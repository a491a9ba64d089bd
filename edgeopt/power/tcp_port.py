"""A TCP connection as a meter's port. Unlike pySerial's, it keeps what a server says first."""

import socket

from edgeopt.errors import PortError

_CONNECT_S = 5.0
_SEND_S = 10.0
_CHUNK_BYTES = 1 << 16
_HINT = "does the server still run?"


class TcpPort:
    """A MeterPort; PortError where nobody listens at `host` and `port`."""

    def __init__(self, host: str, port: int) -> None:
        self._name = f"{host}:{port}"
        try:
            self._socket = socket.create_connection((host, port), _CONNECT_S)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise PortError(f"cannot connect to {self._name}: {reason.lower()}", "does the server run?") from None

    def write(self, data: bytes) -> None:
        try:
            self._socket.settimeout(_SEND_S)
            self._socket.sendall(data)
        except OSError as error:
            raise self._lost(error) from None

    def read(self, timeout_s: float) -> bytes:
        try:
            self._socket.settimeout(max(timeout_s, 1e-3))
            data = self._socket.recv(_CHUNK_BYTES)
        except TimeoutError:
            return b""
        except OSError as error:
            raise self._lost(error) from None
        if not data:
            raise PortError(f"the server at {self._name} has ended the connection", _HINT)
        return data

    def close(self) -> None:
        self._socket.close()

    def _lost(self, error: OSError) -> PortError:
        return PortError(f"the connection to {self._name} failed: {error.strerror or error}", _HINT)

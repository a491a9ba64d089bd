"""A meter's port in memory as the Link of a board."""

from support.fake_device import LibraryLink

from edgeopt.power.serving import MemoryPort


class PortLink:
    traits = LibraryLink.traits

    def __init__(self, port: MemoryPort) -> None:
        self._port = port

    def write(self, data: bytes) -> None:
        self._port.write(data)

    def read(self, timeout_s: float) -> bytes:
        return self._port.read(timeout_s)

    def close(self) -> None:
        self._port.close()

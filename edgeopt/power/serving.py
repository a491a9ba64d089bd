"""Emulated meters behind ports: in memory with time as fast as it is read, or in real time behind a pty or TCP."""

import os
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from edgeopt.errors import PortError
from edgeopt.power.emulator import Emulator

_STEP_S = 0.01  # of emulated time between two looks in memory; of real time between two looks at a wire
_CHUNK_BYTES = 4096  # that one read gives, as of a serial port
_AHEAD_BYTES = 1 << 16  # that may wait for a slow reader; then the emulator's time stands still
_LONGEST_STEP_S = 0.05  # that the emulator samples at once after it has stood still


class MemoryPort:
    """A MeterPort with an emulator at the other end, deterministic: time passes by being waited for in `read`.

    `clock` tells that time, for what wants to know when bytes came. From `unplugged_s` on every call raises PortError;
    what was sent before is read first.
    """

    def __init__(self, emulator: Emulator, name: str = "emulated", unplugged_s: float | None = None) -> None:
        self._emulator = emulator
        self._name = name
        self._unplugged_s = unplugged_s
        self._now_s = 0.0
        self._waiting = bytearray()
        self._closed = False

    def clock(self) -> float:
        """True seconds since the emulator was made."""
        return self._now_s

    def write(self, data: bytes) -> None:
        self._check(self._unplugged)
        self._waiting += self._emulator.stream(self._now_s)
        self._waiting += self._emulator.receive(data, self._now_s)

    def read(self, timeout_s: float) -> bytes:
        end_s = self._now_s + max(timeout_s, 0.0)
        self._check(False)
        while not self._waiting:
            self._check(self._unplugged)
            if self._now_s >= end_s:
                return b""
            self._now_s = min(self._now_s + _STEP_S, end_s, *self._last)
            self._waiting += self._emulator.stream(self._now_s)
        chunk = bytes(self._waiting[:_CHUNK_BYTES])
        del self._waiting[:_CHUNK_BYTES]
        return chunk

    def stall(self, seconds: float) -> None:
        """Time passes without anybody reading; what comes waits."""
        self._now_s = min((self._now_s + seconds, *self._last))
        self._waiting += self._emulator.stream(self._now_s)

    def close(self) -> None:
        self._closed = True

    @property
    def _last(self) -> tuple[float, ...]:
        return () if self._unplugged_s is None else (self._unplugged_s,)

    @property
    def _unplugged(self) -> bool:
        return self._unplugged_s is not None and self._now_s >= self._unplugged_s

    def _check(self, unplugged: bool) -> None:
        if self._closed:
            raise PortError(f"`{self._name}` is closed", "open it again")
        if unplugged:
            raise PortError(f"`{self._name}` failed: the device is gone", "is the meter still plugged in?")


class _Wire(Protocol):
    """One end of a pty or a connection, never blocking but in `wait`."""

    def receive(self) -> bytes | None:
        """What has come; b"" if nothing has, None where nobody is at the other end."""
        ...

    def send(self, data: bytes) -> int:
        """How many of the bytes it took."""
        ...

    def wait(self, timeout_s: float) -> None:
        """For something to come."""
        ...


class _Server:
    """Lets an emulator talk over wires, in real time, until it is ended or unplugged.

    A reader that is too slow loses nothing: the emulator's time then falls behind the clock.
    """

    def __init__(self, emulator: Emulator, unplugged_s: float | None, clock: Callable[[], float]) -> None:
        self._emulator = emulator
        self._unplugged_s = unplugged_s
        self._clock = clock
        self._began_s = clock()
        self._at_s = 0.0
        self.ended = threading.Event()

    @property
    def unplugged(self) -> bool:
        return self._unplugged_s is not None and self._at_s >= self._unplugged_s

    def serve(self, wire: _Wire) -> None:
        """Until the other end is gone, or this one."""
        pending = bytearray()
        while not self.ended.is_set() and not self.unplugged:
            data = wire.receive()
            if data is None:
                return
            self._pass_time()
            if len(pending) < _AHEAD_BYTES:
                pending += self._emulator.stream(self._at_s)
            if data:
                pending += self._emulator.receive(data, self._at_s)
            sent = wire.send(bytes(pending[:_CHUNK_BYTES]))
            del pending[:sent]
            if not sent or len(pending) < _CHUNK_BYTES:
                wire.wait(_STEP_S / 4)
        self._flush(wire, pending)

    def idle(self) -> None:
        """Nobody is at the other end for now."""
        self._pass_time()
        self._emulator.stream(self._at_s)  # into the void, as a real one

    def _pass_time(self) -> None:
        self._at_s = max(self._at_s, min(self._clock() - self._began_s, self._at_s + _LONGEST_STEP_S))
        if self._unplugged_s is not None:
            self._at_s = min(self._at_s, self._unplugged_s)

    def _flush(self, wire: _Wire, pending: bytearray) -> None:
        """What was sent before the plug was pulled, as far as somebody reads it."""
        while pending and not self.ended.is_set() and wire.receive() is not None:
            sent = wire.send(bytes(pending[:_CHUNK_BYTES]))
            del pending[:sent]
            if not sent:
                self.ended.wait(_STEP_S / 4)


@contextmanager
def serve_pty(
    emulator: Emulator, unplugged_s: float | None = None, clock: Callable[[], float] = time.monotonic
) -> Iterator[str]:
    """Serves the emulator in real time at the pty whose path it gives, until the block ends. Not on Windows."""
    import pty
    import tty

    master, slave = pty.openpty()
    name = os.ttyname(slave)
    tty.setraw(slave)
    os.close(slave)  # else another process would find the port busy
    os.set_blocking(master, False)
    server = _Server(emulator, unplugged_s, clock)
    wire = _PtyWire(master)

    def run() -> None:
        while not server.ended.is_set() and not server.unplugged:
            server.serve(wire)
            server.idle()
            server.ended.wait(_STEP_S / 4)
        os.close(master)

    with _running(server, run):
        yield name


class _PtyWire:
    def __init__(self, master: int) -> None:
        self._master = master

    def receive(self) -> bytes | None:
        try:
            return os.read(self._master, _CHUNK_BYTES)
        except BlockingIOError:
            return b""
        except OSError:  # nobody has the port open
            return None

    def send(self, data: bytes) -> int:
        try:
            return os.write(self._master, data) if data else 0
        except OSError:
            return 0

    def wait(self, timeout_s: float) -> None:
        select.select([self._master], [], [], timeout_s)


@contextmanager
def serve_tcp(
    emulator: Emulator, unplugged_s: float | None = None, clock: Callable[[], float] = time.monotonic
) -> Iterator[str]:
    """Serves the emulator in real time at the URL it gives (`socket://127.0.0.1:PORT`), one connection at a time."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(_STEP_S)
    server = _Server(emulator, unplugged_s, clock)

    def run() -> None:
        while not server.ended.is_set() and not server.unplugged:
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                server.idle()
                continue
            with connection:
                connection.setblocking(False)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                server.serve(_TcpWire(connection))
        listener.close()

    with _running(server, run):
        yield f"socket://127.0.0.1:{listener.getsockname()[1]}"


class _TcpWire:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def receive(self) -> bytes | None:
        try:
            return self._connection.recv(_CHUNK_BYTES) or None
        except BlockingIOError:
            return b""
        except OSError:
            return None

    def send(self, data: bytes) -> int:
        try:
            return self._connection.send(data) if data else 0
        except OSError:
            return 0

    def wait(self, timeout_s: float) -> None:
        select.select([self._connection], [], [], timeout_s)


@contextmanager
def _running(server: _Server, run: Callable[[], None]) -> Iterator[None]:
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.ended.set()
        thread.join(10)

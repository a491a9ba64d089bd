"""Arm semihosting: the calls by which a program uses the console of its debugger (Arm, Semihosting 2.0).

The program is not trusted: it gets the console and the simulated clock, and no file, variable or command of the host.
"""

from dataclasses import dataclass
from typing import Protocol

from edgeopt.simulate.console import Console

_OPEN, _CLOSE, _WRITEC, _WRITE0, _WRITE, _READ, _READC = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07
_ISERROR, _ISTTY, _SEEK, _FLEN = 0x08, 0x09, 0x0A, 0x0C
_CLOCK, _TIME, _ERRNO, _GET_CMDLINE, _HEAPINFO = 0x10, 0x11, 0x13, 0x15, 0x16
_EXIT, _EXIT_EXTENDED, _ELAPSED, _TICKFREQ = 0x18, 0x20, 0x30, 0x31

_APPLICATION_EXIT = 0x20026
_STDIN, _STDOUT, _STDERR = 1, 2, 3
_FAILED = 0xFFFF_FFFF
_TEXT_LIMIT_BYTES = 1 << 20
_NO_SUCH_FILE = 2


class Memory(Protocol):
    """The program's memory; reading or writing outside of it raises DeviceError."""

    def load(self, address: int, size_bytes: int) -> bytes: ...

    def store(self, address: int, data: bytes) -> None: ...


@dataclass(frozen=True)
class Result:
    """What a call returns in r0; `blocked`: it waits for input and must be made again; `exit_code`: the end."""

    value: int = 0
    blocked: bool = False
    exit_code: int | None = None


@dataclass
class Semihosting:
    """The calls of one program. `heap` and `stack_top` answer SYS_HEAPINFO; `clock_hz` ticks make a second.

    `input_ended`: reading with no input left gives the end of the input instead of waiting for more.
    """

    memory: Memory
    console: Console
    clock_hz: int
    heap: tuple[int, int]
    stack_top: int
    input_ended: bool = False

    def call(self, operation: int, argument: int, ticks: int) -> Result:
        """Operation `operation` of the program, which has r1 = `argument`, at simulated time `ticks`."""
        if operation in (_WRITEC, _WRITE0, _WRITE):
            return self._write(operation, argument)
        if operation in (_READ, _READC):
            return self._read(operation, argument)
        if operation == _EXIT:
            return Result(exit_code=0 if argument == _APPLICATION_EXIT else 1)
        if operation == _EXIT_EXTENDED:
            reason, code = self._words(argument, 2)
            return Result(exit_code=code & 0xFF if reason == _APPLICATION_EXIT else 1)
        if operation in (_CLOCK, _TIME, _ELAPSED, _TICKFREQ):
            return self._time(operation, argument, ticks)
        return Result(self._file(operation, argument) & _FAILED)

    def _words(self, address: int, count: int) -> tuple[int, ...]:
        data = self.memory.load(address, 4 * count)
        return tuple(int.from_bytes(data[i : i + 4], "little") for i in range(0, 4 * count, 4))

    def _write(self, operation: int, argument: int) -> Result:
        if operation == _WRITEC:
            self.console.send(self.memory.load(argument, 1))
        elif operation == _WRITE0:
            self.console.send(self._text(argument))
        else:
            handle, address, size_bytes = self._words(argument, 3)
            if handle not in (_STDOUT, _STDERR):
                return Result(size_bytes)  # all of it is left over
            for at in range(0, size_bytes, _TEXT_LIMIT_BYTES):
                self.console.send(self.memory.load(address + at, min(_TEXT_LIMIT_BYTES, size_bytes - at)))
        return Result()

    def _text(self, address: int) -> bytes:
        text = bytearray()
        while len(text) < _TEXT_LIMIT_BYTES:
            # Up to the next multiple of 64, so as not to read beyond memory that ends behind the text.
            part = self.memory.load(address, 64 - address % 64)
            end = part.find(b"\0")
            if end >= 0:
                return bytes(text + part[:end])
            text += part
            address += len(part)
        return bytes(text)

    def _read(self, operation: int, argument: int) -> Result:
        ended = self.input_ended and not self.console.input
        if operation == _READC:
            if ended:
                return Result(_FAILED)
            byte = self.console.receive()
            return Result(blocked=True) if byte is None else Result(byte)
        handle, address, size_bytes = self._words(argument, 3)
        if handle != _STDIN or ended:
            return Result(size_bytes)
        if not self.console.input and size_bytes:
            return Result(blocked=True)
        data = bytes(self.console.input[:size_bytes])
        self.memory.store(address, data)
        del self.console.input[: len(data)]
        return Result(size_bytes - len(data))

    def _time(self, operation: int, argument: int, ticks: int) -> Result:
        if operation == _ELAPSED:
            self.memory.store(argument, ticks.to_bytes(8, "little"))
            return Result()
        if operation == _TICKFREQ:
            return Result(self.clock_hz)
        # The time of day would make runs differ: it is the time since reset.
        return Result(ticks * (100 if operation == _CLOCK else 1) // self.clock_hz & _FAILED)

    def _file(self, operation: int, argument: int) -> int:
        if operation == _OPEN:
            name, mode, size_bytes = self._words(argument, 3)
            if size_bytes != 3 or self.memory.load(name, 3) != b":tt":
                return _FAILED
            return _STDIN if mode < 4 else _STDOUT if mode < 8 else _STDERR
        if operation in (_CLOSE, _FLEN):
            return 0
        if operation == _ISTTY:
            return int(self._words(argument, 1)[0] in (_STDIN, _STDOUT, _STDERR))
        if operation == _ISERROR:
            return self._words(argument, 1)[0] >> 31
        if operation == _ERRNO:
            return _NO_SUCH_FILE
        if operation == _GET_CMDLINE:
            address, size_bytes = self._words(argument, 2)
            self.memory.store(address, bytes(min(size_bytes, 1)))
            self.memory.store(argument + 4, bytes(4))
            return 0
        if operation == _HEAPINFO:
            block = self._words(argument, 1)[0]
            values = (*self.heap, self.stack_top, self.heap[1])
            self.memory.store(block, b"".join(value.to_bytes(4, "little") for value in values))
            return 0
        return _FAILED

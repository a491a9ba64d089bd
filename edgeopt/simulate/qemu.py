"""QEMU as a target: the same ELF on an emulator that counts nothing but shares no code with the virtual board."""

import select
import shutil
import socket
import subprocess
import time
import weakref
from pathlib import Path
from types import TracebackType

from edgeopt.board import Board
from edgeopt.errors import DeviceError, ToolchainError, UsageError
from edgeopt.simulate.elf import read_elf

EMULATOR = "qemu-system-arm"

_WAIT_S = 10.0
_READ_LIMIT_BYTES = 1 << 16


def machine_of(board: Board) -> str:
    """QEMU's name of the board; UsageError where QEMU has no such board."""
    if board.qemu is None:
        raise UsageError(f"QEMU has no {board.name}", "run it on the virtual board (--on virtual)")
    return board.qemu.machine


class QemuBoard:
    """The link to a board in QEMU: `write`, `read`, `close`. Its program runs from the start, in QEMU's own time.

    The board's UART is on one socket, semihosting on another, so that a program may print by either; input goes to the
    one that the board's file names as its console. QEMU gets its ends open, so nothing that it sends early is lost.

    UsageError where QEMU has no such board or `elf` is no program, ToolchainError without QEMU; `read` raises
    DeviceError where QEMU fails.
    """

    def __init__(self, elf: Path, board: Board) -> None:
        machine = machine_of(board)
        read_elf(elf)  # QEMU would run any file, as raw code
        emulator = shutil.which(EMULATOR)
        if emulator is None:
            raise ToolchainError(f"{EMULATOR} is not installed", "sudo apt-get install qemu-system-arm")
        uart, uart_end = socket.socketpair()
        host, host_end = socket.socketpair()
        command = [emulator, "-machine", machine, "-kernel", str(elf), "-display", "none"]
        command += ["-monitor", "none", "-chardev", f"socket,id=uart,fd={uart_end.fileno()}", "-serial", "chardev:uart"]
        command += ["-chardev", f"socket,id=host,fd={host_end.fileno()}"]
        command += ["-semihosting-config", "enable=on,target=native,chardev=host"]
        with uart_end, host_end:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(uart_end.fileno(), host_end.fileno()),
            )
        self._finalizer = weakref.finalize(self, _end, self._process, (uart, host))
        self._console = host if board.console.kind == "semihosting" else uart
        self._open = [uart, host]

    def write(self, data: bytes) -> None:
        """Send `data` to the program; DeviceError where it has ended."""
        self._console.settimeout(_WAIT_S)
        try:
            self._console.sendall(data)
        except OSError:
            raise self._gone() from None

    def read(self, timeout_s: float) -> bytes:
        """What the program sends next, b"" if nothing comes for `timeout_s` seconds or it has exited.

        DeviceError where QEMU has failed.
        """
        deadline = time.monotonic() + timeout_s
        while self._open:
            ready, _, _ = select.select(self._open, [], [], max(deadline - time.monotonic(), 0.0))
            if not ready:
                return b""
            for source in ready:
                data = _receive(source)
                if data:
                    return data
                self._open.remove(source)
        if self._process.wait(_WAIT_S) and (errors := self._errors()):
            raise DeviceError(f"QEMU failed: {errors}", "the virtual board (--on virtual) says where in the program")
        return b""

    @property
    def has_ended(self) -> bool:
        """Whether the program has exited and all that it sent was read."""
        return not self._open

    @property
    def exit_code(self) -> int | None:
        """What the program exited with by semihosting, None as long as it runs."""
        return self._process.poll()

    def close(self) -> None:
        """End QEMU, whatever it does."""
        self._finalizer()

    def __enter__(self) -> "QemuBoard":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _errors(self) -> str:
        stream = self._process.stderr
        text = "" if stream is None or stream.closed else stream.read().decode("utf-8", "replace")
        return next(iter(text.splitlines()), "")[:200]

    def _gone(self) -> DeviceError:
        code = self._process.poll()
        return DeviceError(f"the program in QEMU takes no input; exit code {code}", "did it end early?")


def _receive(source: socket.socket) -> bytes:
    try:
        return source.recv(_READ_LIMIT_BYTES)
    except OSError:  # the other end was closed with input not read
        return b""


def _end(process: "subprocess.Popen[bytes]", sockets: tuple[socket.socket, ...]) -> None:
    process.kill()
    process.wait()
    if process.stderr is not None:
        process.stderr.close()
    for end in sockets:
        end.close()

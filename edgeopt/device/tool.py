"""Runs another program: its lines as they come, a deadline, and its end whatever happens, its children's too."""

import os
import queue
import re
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

from edgeopt.errors import ToolchainError

_LINE_ENDS = re.compile(rb"[\r\n\b]+")  # progress bars are drawn with \r, or with \b
_LINE_LIMIT_BYTES = 500
_KEPT_LINES = 60
_POLL_S = 0.2
_GRACE_S = 2.0  # between asking a program to end and ending it: it may have a USB device to let go


@dataclass(frozen=True)
class Finished:
    """A program that ran. `exit_code` None: it did not end in time and was ended. `lines`: the last that it said."""

    exit_code: int | None
    lines: tuple[str, ...]


def run_tool(argv: Sequence[str], timeout_s: float, on_line: Callable[[str], None]) -> Finished:
    """Runs a program without a shell and without standard input; what it prints comes to `on_line`, without ends.

    ToolchainError where it cannot be started. It is ended after `timeout_s` seconds, and where `on_line` or Ctrl-C
    raises, with all that it started.
    """
    try:
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )
    except (OSError, ValueError) as error:  # ValueError: an argument with a zero byte
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ToolchainError(f"`{argv[0]}` cannot be run: {reason}", "run `edgeopt doctor`") from None
    lines: deque[str] = deque(maxlen=_KEPT_LINES)

    def add(raw: bytes) -> None:
        if line := raw[:_LINE_LIMIT_BYTES].decode("utf-8", "replace").strip():
            lines.append(line)
            on_line(line)

    try:
        _follow(process, time.monotonic() + timeout_s, add)
        return Finished(process.poll(), tuple(lines))
    finally:
        _end(process)


def _follow(process: "subprocess.Popen[bytes]", deadline: float, add: Callable[[bytes], None]) -> None:
    """Gives each line to `add` until the process has ended, or the time."""
    assert process.stdout is not None
    chunks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_pump, args=(process.stdout, chunks), daemon=True).start()
    rest = b""
    while (left_s := deadline - time.monotonic()) > 0:
        try:
            chunk = chunks.get(timeout=min(left_s, _POLL_S))
        except queue.Empty:
            if process.poll() is None:
                continue
            break  # what it left behind may still hold the pipe
        if not chunk:
            _wait(process, left_s)
            break
        *complete, rest = _LINE_ENDS.split(rest + chunk)
        for raw in complete:
            add(raw)
        rest = rest[-_LINE_LIMIT_BYTES:]
    add(rest)


def _pump(stream: IO[bytes], chunks: "queue.SimpleQueue[bytes]") -> None:
    """Passes on what comes, and b"" at the end."""
    data = b"more"
    while data:
        try:
            data = os.read(stream.fileno(), 4096)
        except (OSError, ValueError):  # closed meanwhile
            data = b""
        chunks.put(data)


def _wait(process: "subprocess.Popen[bytes]", timeout_s: float) -> None:
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        return


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Ends the process and its children, politely at first."""
    for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        if process.poll() is not None:
            break
        try:
            if os.name == "posix":
                os.killpg(process.pid, number)
            else:
                process.kill()
        except ProcessLookupError:
            break
        _wait(process, _GRACE_S)
    if process.stdout is not None:
        process.stdout.close()

"""The wire's lines: commands and answers guarded by a CRC-32 and a sequence number, repeated when damaged or lost.

docs/protocol.md describes them; the device's side is firmware_templates/common/eo_extension.c. A command does the same
when it is executed twice, so every repeat has the number of the first attempt, and the answer to any of them will do.
"""

import binascii
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from edgeopt.device.link import Link
from edgeopt.errors import LinkTimeout, ProtocolError

_ANSWER = re.compile(rb"m-eo ([0-9a-f]{8}) (ok|no)((?: [!-~]+)*) ([0-9a-f]{8})")
_LINE_LIMIT_BYTES = 4096  # longer than any answer
_DRAIN_LIMIT_BYTES = 1 << 16
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds, and how often to repeat."""

    reply_s: float = 5.0  # for the answer to a command
    run_s: float = 30.0  # for an inference
    quiet_s: float = 0.1  # silence after which nothing more is thought to be on its way
    settle_s: float = 10.0  # for that silence
    attempts: int = 6  # of one command
    silences: int = 2  # of these, how many may end without an answer


@dataclass(frozen=True)
class Answer:
    """`ok` with its values, or not, with the reason."""

    ok: bool
    values: tuple[str, ...]


def command_line(sequence: int, command: str, *arguments: str) -> bytes:
    """The bytes of one command, its '%' included."""
    text = " ".join(("eo", f"{sequence:08x}", command, *arguments)).encode("ascii")
    return text + b" %08x%%" % binascii.crc32(text)


def parse_answer(line: bytes) -> tuple[int, Answer] | None:
    """Sequence number and answer in `line`; None where it is anything else, or damaged."""
    match = _ANSWER.fullmatch(line)
    if match is None or binascii.crc32(line[:-9]) != int(match[4], 16):
        return None
    return int(match[1], 16), Answer(match[2] == b"ok", tuple(match[3].decode("ascii").split()))


def printable(data: bytes) -> str:
    """The start of `data` for a message: what does not print is escaped."""
    text = "".join(chr(b) if 32 <= b < 127 else f"\\x{b:02x}" for b in data[:_SHOWN_CHARACTERS])
    return text + ("..." if len(data) > _SHOWN_CHARACTERS else "")


class Wire:
    """Commands over a link, one at a time. `clock` gives seconds; a test may pass its own."""

    def __init__(
        self,
        link: Link,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
        sequence: int = 0,
    ) -> None:
        self.link = link
        self.patience = patience or Patience()
        self.clock = clock
        self._sequence = sequence
        self._buffer = b""

    def ask(self, command: str, *arguments: str, timeout_s: float | None = None) -> tuple[str, ...]:
        """The values of the answer `ok`; ProtocolError for `no`. Otherwise as `exchange`."""
        answer = self.exchange(command, *arguments, timeout_s=timeout_s)
        if not answer.ok:
            raise ProtocolError(
                f"the device refuses `{command} {' '.join(arguments)[:_SHOWN_CHARACTERS]}`: {' '.join(answer.values)}",
                "build and flash the firmware with this version of edgeopt",
            )
        return answer.values

    def exchange(self, command: str, *arguments: str, timeout_s: float | None = None) -> Answer:
        """Sends a command until it is answered. LinkTimeout if nothing comes, ProtocolError if only other things do."""
        self._sequence = (self._sequence + 1) & 0xFFFFFFFF
        line = command_line(self._sequence, command, *arguments)
        wait_s = self.patience.reply_s if timeout_s is None else timeout_s
        silences = 0
        strange = b""
        for attempt in range(self.patience.attempts):
            if attempt > 0:
                self.settle()
            self.link.write(line)
            answer, received = self._await(self._sequence, self.clock() + wait_s)
            if answer is not None:
                return answer
            strange = received or strange
            silences += not received
            if silences >= self.patience.silences:
                break
        raise self._failure(command, strange, wait_s)

    def settle(self) -> None:
        """Ends a command that the device may have half of, and throws its output away until it is quiet.

        ProtocolError if it never is.
        """
        self.link.write(b"%")
        deadline = self.clock() + self.patience.settle_s
        thrown = self._buffer
        self._buffer = b""
        while data := self.link.read(self.patience.quiet_s):
            thrown += data
            if len(thrown) > _DRAIN_LIMIT_BYTES or self.clock() > deadline:
                raise ProtocolError(
                    f"the device sends without being asked: `{printable(thrown)}`",
                    "is this edgeopt's firmware, and is the baud rate right?",
                )

    def _await(self, sequence: int, deadline: float) -> tuple[Answer | None, bytes]:
        """The answer to `sequence`, or None with the line that came instead (b"": nothing did in time)."""
        while True:
            line, complete = self._read_line(deadline)
            if not complete:
                return None, line
            parsed = parse_answer(line)
            if parsed is not None and parsed[0] == sequence:
                return parsed[1], b""
            if parsed is None and line != b"m-ready":  # an older answer, or the end of one, is passed over
                return None, line or b"\n"

    def _read_line(self, deadline: float) -> tuple[bytes, bool]:
        """The next line without its end and True, or what there is of it at the deadline and False."""
        while b"\n" not in self._buffer:
            if len(self._buffer) > _LINE_LIMIT_BYTES:
                return self._buffer, False
            remaining_s = deadline - self.clock()
            data = self.link.read(remaining_s) if remaining_s > 0 else b""
            if not data:
                return self._buffer, False
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.removesuffix(b"\r"), True

    def _failure(self, command: str, strange: bytes, wait_s: float) -> ProtocolError | LinkTimeout:
        if strange:
            return ProtocolError(
                f"no valid answer to `{command}`; the device sent `{printable(strange)}`",
                "is this edgeopt's firmware, is the baud rate right, is the cable good?",
            )
        return LinkTimeout(
            f"no answer to `{command}` within {wait_s:g} s",
            "the firmware hangs or is not running: reset or flash the board, and check which port is its console",
        )

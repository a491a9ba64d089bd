"""The wire's lines: commands and answers guarded by a CRC-32 and a sequence number, and what else a device says.

docs/protocol.md describes them; the device's side is firmware_templates/common/eo_extension.c.
"""

import binascii
import re
from dataclasses import dataclass

_ANSWER = re.compile(rb"m-eo ([0-9a-f]{8}) (ok|no)((?: [!-~]+)*) ([0-9a-f]{8})")
READY = b"m-ready"
LONE_END = b"e-[Unknown command: ]"  # what the device says to a `%` by which the host ends what may be half a command
REFUSED = (LONE_END, b"e-[Damaged eo command]", b"e-[Command too long]")  # only this protocol says so
FOREIGN = b"e-[Unknown command: eo]"  # what other firmware of the MLPerf Tiny protocol says to edgeopt's commands
BANNER = {b"m-timestamp-mode-performance": 0, b"m-timestamp-mode-energy": 0, b"m-init-done": 1}  # which comes when
FAULT = b"m-eo-fault "
SHOWN_CHARACTERS = 60


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
    """Sequence number and answer at the end of `line`; None where there is anything else, or it is damaged.

    What stands before the answer is the rest of a line whose end got lost.
    """
    start = max(line.rfind(b"m-eo "), 0)
    match = _ANSWER.fullmatch(line, start)
    if match is None or binascii.crc32(line[start:-9]) != int(match[4], 16):
        return None
    return int(match[1], 16), Answer(match[2] == b"ok", tuple(match[3].decode("ascii").split()))


def printable(data: bytes, most: int = SHOWN_CHARACTERS) -> str:
    """The start of `data` for a message: what does not print is escaped."""
    text = "".join(chr(b) if 32 <= b < 127 else f"\\x{b:02x}" for b in data[:most])
    return text + ("..." if len(data) > most else "")

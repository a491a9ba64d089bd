"""What the official runner sends and waits for: commands that end with `%`, answers of lines that end with `m-ready`.

Its time-outs are kept: five seconds a line, thirty where inferences run. Facts: mlcommons/tiny benchmark/runner,
serial_device.py and device_under_test.py.
"""

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from edgeopt.device.lines import printable
from edgeopt.device.link import Link
from edgeopt.errors import LinkTimeout, ProtocolError

DIRECT_CHUNK_BYTES = 31  # of data in a `db` command: 65 characters with its `%`, of 80 that official firmware takes
INTERFACE_CHUNK_BYTES = 26  # through an interface board
LINE_S = 5.0  # that a line may take
INFER_S = 30.0  # where inferences run
_QUIET_S = 0.3  # without a byte: whatever the board had to say after a reset is said
_ATTEMPTS = 3  # for name and profile, as the official runner
_LONGEST_LINE_BYTES = 1 << 16
_MOST_LINES = 20_000  # of an answer
_MOST_VALUES = 10_000  # of one m-results line

_NAME = re.compile(r"m-name-dut-\[([^]]+)\]")
_PROFILE = re.compile(r"m-(model|profile)-\[([^]]+)\]")
_RESULTS = re.compile(r"m-results-\[([^]]+)\]")
_LAP = re.compile(r"m-lap-us-([0-9]{1,20})")
_DIFFERENT = "is it firmware of `edgeopt generate --mlperf`? See docs/mlperf_tiny.md"


@dataclass(frozen=True)
class Identity:
    """What the board says of itself: its name, the protocol's version, and which benchmark it has."""

    name: str
    profile: str
    model: str


@dataclass(frozen=True)
class Inferred:
    """One `infer` command. Microseconds by the board's clock; None in energy mode, whose stamps are edges of a pin."""

    results: tuple[float, ...]  # of the last inference: a probability a class, or one distance
    begin_us: int | None
    end_us: int | None
    sent_s: float  # by the host's clock
    answered_s: float

    @property
    def seconds(self) -> float | None:
        return None if self.begin_us is None or self.end_us is None else (self.end_us - self.begin_us) / 1_000_000


class Client:
    """The runner's end of a link. `log` gets each line that the board says, and each command.

    All calls raise LinkTimeout where nothing comes in time, ProtocolError for what is not the protocol or where the
    board refuses, and DeviceError where it is gone.
    """

    def __init__(
        self,
        link: Link,
        chunk_bytes: int = DIRECT_CHUNK_BYTES,
        infer_s: float = INFER_S,
        clock: Callable[[], float] = time.monotonic,
        log: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._link = link
        self._chunk_bytes = chunk_bytes
        self._infer_s = infer_s
        self._clock = clock
        self._log = log
        self._received = bytearray()

    def greet(self) -> Identity:
        """Passes over what the board says by itself after a reset, and asks who it is."""
        self._settle()
        name = self._find("name", _NAME)[0].group(1)
        told = {match.group(1): match.group(2) for match in self._find("profile", _PROFILE)}
        if "model" not in told:
            raise ProtocolError("the board does not say which benchmark it has (`profile`)", _DIFFERENT)
        return Identity(name, told.get("profile", ""), told["model"])

    def load(self, data: bytes) -> None:
        """Loads the bytes of one input; the board must have said that it has them all."""
        self.ask(f"db load {len(data)}")
        last: list[str] = []
        for at in range(0, len(data), self._chunk_bytes):
            last = self.ask(f"db {data[at : at + self._chunk_bytes].hex()}")
        if "m-load-done" not in last:
            raise ProtocolError(f"the board has not taken {len(data)} bytes: no `m-load-done` came", _DIFFERENT)

    def infer(self, inferences: int, warmups: int, patience_s: float = 0.0) -> Inferred:
        """So many inferences back to back. `patience_s`: more than the official time-out, where they take longer."""
        command = f"infer {inferences} {warmups}"
        sent_s = self._clock()
        lines = self.ask(command, max(self._infer_s, patience_s))
        answered_s = self._clock()
        if "m-infer-done" not in lines:
            raise ProtocolError(f"`{command}` did not end: no `m-infer-done` came", _DIFFERENT)
        laps = [int(match.group(1)) for match in map(_LAP.fullmatch, lines) if match]
        if len(laps) not in (0, 2):
            raise ProtocolError(f"`{command}` brought {len(laps)} of its two time stamps", _DIFFERENT)
        begin_us, end_us = laps or (None, None)
        if begin_us is not None and end_us is not None and end_us < begin_us:
            raise ProtocolError(f"the time stamps of `{command}` go backwards: {begin_us}, {end_us}", "report this")
        return Inferred(_results(command, lines), begin_us, end_us, sent_s, answered_s)

    def ask(self, command: str, line_s: float = LINE_S) -> list[str]:
        """The lines of the answer without `m-ready`. ProtocolError where one of them is an error."""
        self._log(f"> {command}")
        self._link.write(command.encode("ascii") + b"%")
        lines: list[str] = []
        for _ in range(_MOST_LINES):
            line = self._line(command, line_s)
            if line:
                self._log(f"< {line}")
            if "m-ready" in line:  # as the runner looks for it
                return lines
            if line.startswith("e-["):
                self._rest(command, line_s)
                raise ProtocolError(f"the board refuses `{command[:40]}`: {line[:80]}", _DIFFERENT)
            if line:
                lines.append(line)
        raise ProtocolError(f"the answer to `{command[:40]}` does not end", _DIFFERENT)

    def _rest(self, command: str, line_s: float) -> None:
        """What follows an error, up to its m-ready, so that the next answer is not taken for it."""
        for _ in range(_MOST_LINES):
            if "m-ready" in self._line(command, line_s):
                return

    def _find(self, command: str, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        """All matching lines of the answer; a few attempts, since a late banner may have come first."""
        for _ in range(_ATTEMPTS):
            found = [match for match in map(pattern.fullmatch, self.ask(command)) if match]
            if found:
                return found
            self._settle()  # the answer itself is still to come, behind the banner's m-ready
        raise ProtocolError(f"the board answers `{command}` with something else", _DIFFERENT)

    def _settle(self) -> None:
        """Passes over all that comes until nothing does. ProtocolError where that does not end."""
        end_s = self._clock() + LINE_S
        for _ in range(_MOST_LINES):
            if not self._link.read(_QUIET_S):
                self._received.clear()
                return
            if self._clock() > end_s:
                break
        raise ProtocolError("the board does not stop talking, though nothing was asked", _DIFFERENT)

    def _line(self, command: str, line_s: float) -> str:
        end_s = self._clock() + line_s
        while True:
            end = self._received.find(b"\n")
            if end >= 0:
                line = bytes(self._received[:end])
                del self._received[: end + 1]
                text = line.replace(b"\r", b"").replace(b"\0", b"")
                return printable(text, _LONGEST_LINE_BYTES)
            if len(self._received) > _LONGEST_LINE_BYTES:
                raise ProtocolError(f"a line of the answer to `{command[:40]}` does not end", _DIFFERENT)
            left_s = end_s - self._clock()
            data = self._link.read(left_s) if left_s > 0 else b""
            if not data:
                raise LinkTimeout(
                    f"no answer to `{command[:40]}` within {line_s:g} s", "is it the right port, at the right speed?"
                )
            self._received += data


def _results(command: str, lines: list[str]) -> tuple[float, ...]:
    found = [match.group(1) for match in map(_RESULTS.fullmatch, lines) if match]
    if len(found) != 1:
        raise ProtocolError(f"`{command}` brought {len(found)} lines of results instead of one", _DIFFERENT)
    words = [word for word in found[0].split(",", _MOST_VALUES) if word.strip()]
    try:
        values = tuple(float(word) for word in words)
    except ValueError:
        values = ()
    if not values or len(values) > _MOST_VALUES or not all(map(math.isfinite, values)):
        raise ProtocolError(f"the results of `{command}` are no numbers: {found[0][:40]}", _DIFFERENT)
    return values

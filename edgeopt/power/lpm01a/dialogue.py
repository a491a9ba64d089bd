"""Commands of an LPM01A and its answers, before and after its samples.

A command ends with a line feed. The answer is `PowerShield > ack COMMAND[ DATA]` among empty lines, or `error` (the
firmware) or `err` (UM2269) with the command, and lines that say why.
"""

from collections.abc import Callable

from edgeopt.errors import MeterError
from edgeopt.power.lpm01a.ascii_stream import PROMPT
from edgeopt.power.lpm01a.items import printable
from edgeopt.power.ports import MeterPort

_ANSWER_S = 10.0  # `volt` calibrates the meter anew
_DETAIL_S = 0.2
_QUIET_S = 0.3  # of silence after which nothing more is under way
_NOISE_S = 5.0
_LONGEST_BYTES = 1 << 16
_HINT = "is it an LPM01A, with firmware 1.0.6 or later? Press its reset button, or plug it in again"


class Dialogue:
    def __init__(self, port: MeterPort, clock: Callable[[], float]) -> None:
        self._port = port
        self._clock = clock
        self._rest = b""

    def wake(self) -> None:
        """Ends an acquisition that another program has left running, and throws away what comes of it."""
        self._port.write(b"\nstop\n")
        self.drain()

    def drain(self) -> None:
        """Throws away what comes until nothing does; MeterError where it does not end."""
        self._rest = b""
        end_s = self._clock() + _NOISE_S
        while self._port.read(_QUIET_S):
            if self._clock() > end_s:
                raise MeterError("the LPM01A does not stop sending", _HINT)

    def ask(self, command: str, timeout_s: float = _ANSWER_S) -> str:
        """What the answer says after the command, often nothing. MeterError for an error, or no answer in time."""
        self._port.write(command.encode() + b"\n")
        word = command.partition(" ")[0].encode()
        end_s = self._clock() + timeout_s
        while (line := self._line(end_s)) is not None:
            if line.startswith(b"ack " + word):
                return printable(line.removeprefix(b"ack ").removeprefix(command.encode())).lstrip(": ")
            if line.lower().startswith((b"error", b"err ")) and (word in line or line.lower().startswith(b"err")):
                raise MeterError(f"the LPM01A refuses `{command}`: {self._details(line)}", _HINT)
        raise MeterError(f"the LPM01A does not answer `{command}`", _HINT)

    def rest(self) -> bytes:
        """What came after the last answer's line: the beginning of the samples after `start`."""
        rest, self._rest = self._rest, b""
        return rest

    def _line(self, end_s: float) -> bytes | None:
        """The next line that is not empty, without prompt; None where none comes until then."""
        while True:
            line, feed, rest = self._rest.partition(b"\n")
            if feed:
                self._rest = rest
                text = line.strip(b"\r\0 ").removeprefix(PROMPT.strip()).strip()
                if text:
                    return text
                continue
            left_s = end_s - self._clock()
            if left_s <= 0:
                return None
            self._rest = self._rest[-_LONGEST_BYTES:] + self._port.read(left_s)

    def _details(self, line: bytes) -> str:
        """Why, as far as it says so at once."""
        end_s = self._clock() + _DETAIL_S
        reasons: list[str] = []
        while (more := self._line(end_s)) is not None and len(reasons) < 3:
            reasons.append(printable(more.removeprefix(b"Error detail:")))
        return "; ".join(reasons) or printable(line)

"""The wire: commands over a link, repeated when they or their answers get damaged or lost.

A command does the same when it is executed twice, so every repeat has the number of the first attempt, and the answer
to any of them will do. A device that says anything of the protocol is not given up; one that says nothing, or only
other things, soon is.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from edgeopt.device.crash import Crash, parse_fault
from edgeopt.device.lines import (
    BANNER,
    FAULT,
    FOREIGN,
    LONE_END,
    READY,
    REFUSED,
    SHOWN_CHARACTERS,
    Answer,
    command_line,
    parse_answer,
    printable,
)
from edgeopt.device.link import MEASURED, Link
from edgeopt.device.noise import Noise
from edgeopt.errors import DeviceRestarted, LinkTimeout, ProtocolError

_LINE_LIMIT_BYTES = 4096  # longer than any answer
_DRAIN_LIMIT_BYTES = 1 << 16
_STARTED = 2 + max(
    BANNER.values()
)  # an answer came after the lines of a start, of which a fault's is 0 and then the banner's
_ATTEMPTS_LIMIT = 2000  # whatever the clock says


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds, and how often to repeat."""

    reply_s: float = 5.0  # for the answer to a command
    run_s: float = 30.0  # for an inference
    quiet_s: float = 0.1  # silence after which nothing more is thought to be on its way
    settle_s: float = 10.0  # for that silence
    poke_s: float = 1.0  # silence after which the end of a command may have got lost; then twice that, and so on
    attempts: int = 6  # of one command one after the other that nothing of the protocol answers
    silences: int = 2  # attempts one after the other that end without a byte
    trouble_s: float = 120.0  # for one command whose answers keep coming damaged
    restarts: int = 3  # of the board during one step of a session


class Refused(ProtocolError):
    """The device answered `no`; `reason` is its word for why."""

    def __init__(self, command: str, arguments: tuple[str, ...], reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"the device refuses `{command} {' '.join(arguments)[:SHOWN_CHARACTERS]}`: {reason}",
            "build and flash the firmware with this version of edgeopt",
        )


@dataclass
class _Heard:
    """What came after a command."""

    answer: Answer | None = None
    strange: bytes = b""  # the last line that is none of the protocol, or damaged
    known: bool = False  # some line was the protocol's
    foreign: bool = False  # some line was that of other firmware
    count_bytes: int = 0


class Wire:
    """Commands over a link, one at a time. `clock` gives seconds; a test may pass its own.

    `restarts` counts the restarts of the device that its own lines tell of; `crash` the fault that it told of as the
    reason of the last. `received` is the beginning of all that was not understood; `sent_s` the clock when the last
    command was sent for the first time.
    """

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
        self.noise = Noise()
        self.restarts = 0
        self.repeats = 0
        self.answers = 0
        self.crash: Crash | None = None
        self.received = b""
        self.sent_s = 0.0
        self._start = _STARTED
        self._sequence = sequence
        self._buffer = b""

    def ask(self, command: str, *arguments: str, timeout_s: float | None = None) -> tuple[str, ...]:
        """The values of the answer `ok`; Refused (a ProtocolError) for `no`. Otherwise as `exchange`."""
        return _accepted(self.exchange(command, *arguments, timeout_s=timeout_s), command, arguments)

    def exchange(self, command: str, *arguments: str, timeout_s: float | None = None, poke: bool = True) -> Answer:
        """Sends a command until it is answered. LinkTimeout if nothing comes, ProtocolError if only other things do.

        `timeout_s`: for one attempt, `Patience.reply_s` if left out. `poke`: a command whose end may have got lost is
        ended again while its answer is waited for; the device may have to handle that byte during its work.
        """
        wait_s = self.patience.reply_s if timeout_s is None else timeout_s
        until_s = self.clock() + max(self.patience.trouble_s, 2 * wait_s)
        answer = self._exchange(command, arguments, wait_s, until_s, poke=poke)
        assert answer is not None
        return answer

    def parts(
        self, total: int, most: int, bytes_each: float, words: Callable[[int, int], tuple[str, ...]]
    ) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        """Does in pieces what one command cannot carry: `words(first, count)` is the command for `count` of `total`.

        Yields first, count and the answer's values. At most `most` in a piece, and fewer as more lines get damaged:
        each takes `bytes_each` bytes on the wire. Raises as `ask`.
        """
        first = 0
        restarts = self.restarts
        until_s = self.clock() + self.patience.trouble_s
        while first < total:
            count = self.noise.best(most, bytes_each)
            again = count > self.noise.least(most)
            count = min(count, total - first)
            command, *arguments = words(first, count)
            answer = self._exchange(command, tuple(arguments), self.patience.reply_s, until_s, once=again)
            if self.restarts - restarts > self.patience.restarts:
                raise self.restarting()
            if answer is None:
                continue
            yield first, count, _accepted(answer, command, tuple(arguments))
            first += count
            until_s = self.clock() + self.patience.trouble_s

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
                self._keep(thrown)
                raise ProtocolError(
                    f"the device sends without being asked: `{printable(thrown)}`",
                    "is this edgeopt's firmware, and is the baud rate right?",
                )
        self._keep(thrown)
        for line in thrown.split(b"\n"):
            self._notice(line.removesuffix(b"\r"))

    def restarting(
        self,
        what: str = "restarts again and again",
        hint: str = "a fault of the firmware, a watchdog, or a weak supply?",
    ) -> DeviceRestarted:
        """The error of a board that restarts, with what it said of a fault."""
        told = "" if self.crash is None else f": {self.crash.told()}"
        return DeviceRestarted(f"the board {what}{told}", hint, self.crash)

    def _exchange(
        self,
        command: str,
        arguments: tuple[str, ...],
        wait_s: float,
        until_s: float,
        once: bool = False,
        poke: bool = True,
    ) -> Answer | None:
        """As `exchange`, for as long as the device says anything, or to `until_s`.

        `once`: None after an attempt to which the device said something damaged.
        """
        self._sequence = (self._sequence + 1) & 0xFFFFFFFF
        line = command_line(self._sequence, command, *arguments)
        silences = unknown = 0
        strange = b""
        restarts = self.restarts
        self.sent_s = self.clock()
        for _ in range(_ATTEMPTS_LIMIT):
            self.link.write(line)
            heard = self._await(self._sequence, wait_s, poke)
            self.noise.record(len(line) + heard.count_bytes, heard.answer is not None)
            if heard.answer is not None:
                self._start = _STARTED
                self.answers += 1
                return heard.answer
            self.repeats += 1
            if self.restarts - restarts > self.patience.restarts:
                raise self.restarting()
            strange = heard.strange or strange
            silences = 0 if heard.strange else silences + 1
            unknown = 0 if heard.known and not heard.foreign else unknown + 1
            if once and heard.known and self.clock() <= until_s:
                return None
            if silences >= self.patience.silences or unknown >= self.patience.attempts or self.clock() > until_s:
                break
            if not (heard.known and heard.strange):
                self.settle()
        raise self._failure(command, strange, wait_s)

    def _await(self, sequence: int, wait_s: float, may_poke: bool) -> _Heard:
        """What comes until the answer to `sequence`, in `wait_s` at most.

        A damaged line may be what is left of an older answer: the right one has `Patience.quiet_s` more to come.
        """
        heard = _Heard()
        deadline = self.clock() + wait_s
        poke_s = self.patience.poke_s
        poke = self.clock() + poke_s if may_poke and self.link.traits.label == MEASURED else deadline
        while True:
            line, complete = self._read_line(min(deadline, poke))
            heard.count_bytes += len(line)
            if not complete:
                if not line and poke < deadline and self.clock() >= poke:
                    poke_s *= 2
                    poke = self.clock() + poke_s
                    self.link.write(b"%")  # a device that computes takes it afterwards
                    continue
                self._buffer = b""
                self._keep(line)
                heard.strange = line or heard.strange
                return heard
            parsed = parse_answer(line)
            if parsed is not None and parsed[0] == sequence:
                heard.answer = parsed[1]
                return heard
            heard.known |= self._notice(line) or parsed is not None
            if line == READY and heard.strange:
                return heard  # that was the end of the answer, which came damaged
            if parsed is None and line not in (READY, LONE_END):  # older answers are passed over
                self._keep(line + b"\n")
                heard.strange = line or b"\n"
                heard.foreign |= line == FOREIGN
                if heard.count_bytes > _LINE_LIMIT_BYTES:
                    return heard
                deadline = min(deadline, self.clock() + self.patience.quiet_s)

    def _notice(self, line: bytes) -> bool:
        """Whether the line is one that only edgeopt's firmware sends; a restart that it tells of is counted."""
        if line.startswith(FAULT):
            self.crash = parse_fault(line) or self.crash
            step = 0
        elif line in BANNER:
            step = 1 + BANNER[line]
        else:
            return line == READY or line in REFUSED
        if step <= self._start:
            self.restarts += 1
            self.crash = self.crash if step == 0 else None  # an older one is not why it restarted now
        self._start = step
        return True

    def _keep(self, data: bytes) -> None:
        self.received = (self.received + data)[:_LINE_LIMIT_BYTES]

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


def _accepted(answer: Answer, command: str, arguments: tuple[str, ...]) -> tuple[str, ...]:
    if not answer.ok:
        raise Refused(command, arguments, " ".join(answer.values))
    return answer.values

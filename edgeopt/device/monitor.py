"""Watches one board for a long time: what it says, its faults and restarts, and an inference every so often."""

import time
from collections.abc import Callable

from edgeopt.device.crash import Crash, LastReset, parse_fault
from edgeopt.device.identity import MemoryUse
from edgeopt.device.lines import BANNER, FAULT, LONE_END, READY, printable
from edgeopt.device.link import SIMULATED, Link
from edgeopt.device.protocol import Patience
from edgeopt.device.random_input import input_seed, random_bytes
from edgeopt.device.session import Session
from edgeopt.device.watched import Options, Restart, Watched
from edgeopt.errors import DeviceError, DeviceRestarted, UsageError

_SLICE_S = 0.5  # of waiting, after which the time is looked at
_RECONNECT_S = 1.0
_LINE_LIMIT_BYTES = 400
_KEPT = 50  # errors and restarts that are told in full; all are counted
_SEED = 1  # of the input, which the device makes itself


class Monitor:
    """Watches what `connect` opens. `tell` gets (seconds since the beginning, one printable line) of all that happens.

    On hardware the time is `clock`'s, and is spent in the link's reads and in `sleep`. A simulated board's time is its
    own: what was waited for there, and what its inferences took.
    """

    def __init__(
        self,
        connect: Callable[[], Link],
        options: Options,
        tell: Callable[[float, str], None],
        *,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connect, self._options, self._tell = connect, options, tell
        self._patience, self._clock, self._sleep = patience, clock, sleep
        self._link: Link | None = None
        self._session: Session | None = None
        self._start_s = clock()
        self._simulated_s: float | None = None
        self._timed = True  # the link's device tells times; QEMU's are not silicon's
        self._up_since_s = 0.0
        self._buffer = b""
        self._starting = False
        self._watchdog_ms = 0
        self._crash: Crash | None = None
        self._faulted = False
        self.seen = Watched()

    def run(self) -> Watched:
        """Watches until the time is over, or an interrupt; DeviceError where the board cannot be reached at all."""
        try:
            self._link = self._open()
            if self._options.known:
                self._greet()
            self._loop()
        except KeyboardInterrupt:
            self.seen.ended = "interrupted"
        finally:
            self._flush()
            self.seen.duration_s = self._now()
            self.seen.longest_up_s = max(self.seen.longest_up_s, self._now() - self._up_since_s)
            self._close()
        return self.seen

    def _now(self) -> float:
        return self._clock() - self._start_s if self._simulated_s is None else self._simulated_s

    def _end_s(self) -> float:
        return self._options.for_s if self._options.for_s is not None else float("inf")

    def _say(self, text: str) -> None:
        self._tell(self._now(), text)

    def _open(self) -> Link:
        link = self._connect()
        self.seen.label = link.traits.label
        self._timed = link.traits.timed
        if link.traits.label == SIMULATED and self._options.for_s is None:
            link.close()
            raise UsageError(
                "a simulated board's time passes as fast as the computer can: it needs an end", "say --for 1min"
            )
        if link.traits.label == SIMULATED and self._simulated_s is None:
            self._simulated_s = 0.0
        return link

    def _close(self) -> None:
        self._session = None
        if self._link is not None:
            self._link.close()
            self._link = None

    def _loop(self) -> None:
        every_s = self._options.every_s
        next_s = self._now()
        while self._now() < self._end_s():
            if self._link is None:
                self._reconnect()
                continue
            if every_s is not None and self._now() >= next_s:
                self._guarded(self._infer)
                next_s = next_s + every_s if next_s + every_s > self._now() else self._now() + every_s
            until_s = min(self._end_s(), next_s if every_s is not None else self._now() + _SLICE_S)
            self._guarded(lambda until_s=until_s: self._listen(until_s))  # type: ignore[misc]

    def _guarded(self, step: Callable[[], None]) -> None:
        """Does the step; an error of the device is counted and told, and the board is connected to anew."""
        try:
            step()
        except DeviceError as error:
            self._failed(error)
            if isinstance(error, DeviceRestarted) and self._link is not None:
                self._session = None
                self._restarted(error.crash, error.crash is not None)
            else:
                self._close()

    def _failed(self, error: DeviceError) -> None:
        self.seen.errors += 1
        if len(self.seen.told_errors) < _KEPT:
            self.seen.told_errors.append(error.message)
        self._say(f"error: {error.message}")

    def _reconnect(self) -> None:
        """Waits a little and opens the link anew, if it can be; the end of the time ends that too."""
        pause_s = max(min(_RECONNECT_S, self._end_s() - self._now()), 0.0)
        if self._simulated_s is not None:
            self._simulated_s += pause_s
        else:
            self._sleep(pause_s)
        try:
            self._link = self._open()
        except DeviceError:
            return
        self._say("connected again")

    def _greet(self) -> Session:
        """A session with the board, its inputs loaded; what the board says of itself is told the first time."""
        assert self._link is not None
        options = self._options
        session = Session(
            self._link, options.build_id, self._patience, self._clock, board=options.board, model=options.model
        )
        identity = session.identity
        if self.seen.identity is None:
            self.seen.identity = identity
            self.seen.last_reset = session.crash().cause
            self._say(f"build {identity.build_id[:12]} of `{identity.name}`; last reset: {self.seen.last_reset}")
        if options.watchdog_ms is not None:
            self._watch(session, options.watchdog_ms)
        if options.every_s is not None:
            sizes = enumerate(identity.input_bytes)
            session.load([random_bytes(input_seed(_SEED, i), size) for i, size in sizes], _SEED)
        self._session = session
        return session

    def _watch(self, session: Session, wanted_ms: int) -> None:
        """Starts the board's watchdog; a restart has ended it, so this is done anew after each."""
        real_ms = session.watch(wanted_ms)
        if not real_ms:
            raise UsageError(f"the firmware of {session.identity.board} has no watchdog", "leave --watchdog out")
        if not self._watchdog_ms:
            self._say(f"watchdog: {real_ms:,} ms")
        self._watchdog_ms = real_ms

    def _infer(self) -> None:
        """One inference with the same input as always, and what it left in the board's memory."""
        session = self._session or self._greet()
        restarts = session.restarts
        if session.identity.state_bytes:
            session.reset()
        run, memory = session.infer(), session.memory()
        latency_ms = 1e3 * run.cycles / session.identity.cycles_hz if self._timed else None
        if self._simulated_s is not None and latency_ms is not None:
            self._simulated_s += latency_ms / 1e3
        for _ in range(session.restarts - restarts):
            crash, session.wire.crash = session.wire.crash, None
            self._restarted(crash, crash is not None)
        self._record(latency_ms, run.outputs_crc, memory)

    def _record(self, latency_ms: float | None, outputs_crc: int, memory: MemoryUse) -> None:
        seen = self.seen
        seen.inferences += 1
        if latency_ms is not None:
            seen.latencies_ms.append(latency_ms)
        first = outputs_crc if seen.outputs_crc is None else seen.outputs_crc
        seen.outputs_crc = first
        seen.stack_used_bytes = max(seen.stack_used_bytes, memory.stack_used_bytes)
        seen.stack_reserved_bytes = memory.stack_reserved_bytes
        up = f"up {self._now() - self._up_since_s:,.0f} s"
        stack = f"stack {memory.stack_used_bytes:,} of {memory.stack_reserved_bytes:,} B"
        took = "no time" if latency_ms is None else f"{latency_ms:.3f} ms"
        self._say(f"inference {seen.inferences}: {took}, outputs {outputs_crc:08x}, {stack}, {up}")
        if outputs_crc != first:
            seen.unstable += 1
            self._say(f"error: the outputs are {outputs_crc:08x}, the first ones of this input were {first:08x}")

    def _listen(self, until_s: float) -> None:
        """Shows what the board says of itself until that time."""
        while (left_s := until_s - self._now()) > 0 and self._link is not None:
            wait_s = left_s if self._simulated_s is not None else min(left_s, _SLICE_S)
            data = self._link.read(wait_s)
            if not data:
                self._flush()
                if self._simulated_s is not None:
                    self._simulated_s += wait_s
                continue
            *lines, self._buffer = (self._buffer + data).split(b"\n")
            for line in lines:
                self._line(line.removesuffix(b"\r"))
            if len(self._buffer) > _LINE_LIMIT_BYTES:
                self._flush()

    def _flush(self) -> None:
        """Shows a line whose end has not come."""
        line, self._buffer = self._buffer, b""
        if line:
            self._line(line)

    def _line(self, line: bytes) -> None:
        # The end of an answer that the session did not wait for, or what it has not read of that.
        if self._options.known and not self._starting and (READY.endswith(line) or line == LONE_END):
            return
        self.seen.lines += 1
        self._say(printable(line, _LINE_LIMIT_BYTES))
        if line.startswith(FAULT):
            self._crash = parse_fault(line)
            self._starting = self._faulted = True
        elif line in BANNER:
            self._starting = True
        elif line == READY and self._starting:
            self._starting = False
            self._session = None  # the board has forgotten it
            (crash, self._crash), (faulted, self._faulted) = (self._crash, None), (self._faulted, False)
            self._restarted(crash, faulted)

    def _restarted(self, crash: Crash | None, faulted: bool) -> None:
        """Notes a restart, with its cause as the board tells it; `crash`: what its handler sent before, if it came."""
        seen, now_s = self.seen, self._now()
        found = self._ask_cause()
        crash = crash or (found.crash if found.cause == "fault" else None)
        told = crash.told(self._options.elf) if crash is not None else ""
        seen.restarts += 1
        seen.faults += bool(told or faulted)
        seen.watchdog_restarts += found.cause == "watchdog"
        seen.longest_up_s = max(seen.longest_up_s, now_s - self._up_since_s)
        self._up_since_s = now_s
        if len(seen.told_restarts) < _KEPT:
            seen.told_restarts.append(Restart(now_s, found.cause, told))
        self._say(f"restart {seen.restarts}: {found.cause}" + (f"; {told}" if told else ""))

    def _ask_cause(self) -> LastReset:
        if not self._options.known:
            return LastReset("unknown", None)
        try:
            return (self._session or self._greet()).crash()
        except DeviceError as error:
            self._failed(error)
            return LastReset("unknown", None)

"""Energy of inferences on a board: idle, windows of inferences back to back, idle again, while a meter records."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from edgeopt.device.looping import Looped
from edgeopt.errors import DeviceError, EdgeoptError
from edgeopt.power.analysis import note_of
from edgeopt.power.meter import Meter
from edgeopt.power.plan import LEAST_INFERENCES, Plan, inferences_of
from edgeopt.power.recorder import Recorder
from edgeopt.power.stored import Trace
from edgeopt.power.windows import Expected

_GUARD_S = 0.1  # between what the board does and what counts as idle: farther than the host's clock may be off
_SETTLE_S = 1.0  # for a board that the meter has just switched on to boot
_LEAST_S = 1e-6  # that ten inferences take
_SLACK = 1.5  # of the time that inferences should take, before the board is given up

Progress = Callable[[str, int, int], None]  # what is being done, how much is done, of how much
Pause = Callable[[float], None]


class Looping(Protocol):
    """A board that infers back to back; `ticks_hz` is the rate of the ticks that it tells."""

    @property
    def ticks_hz(self) -> int: ...

    def loop(self, count: int, timeout_s: float) -> Looped: ...


@dataclass(frozen=True)
class Recorded:
    """A trace, and what the board did meanwhile, in seconds of the host's clock."""

    trace: Trace
    expected: tuple[Expected, ...]  # windows and idle ones, in the order of time
    meter_failure: EdgeoptError | None = None
    board_failure: str = ""  # why there are fewer windows than were asked for


@dataclass
class EnergySession:
    """One board on one meter. `pause` waits, and raises where somebody interrupts.

    The meter is open; it is not closed here. The file `path` is a readable trace at all times, also after a kill, and
    has in its notes what the board did.
    """

    meter: Meter
    path: Path
    plan: Plan
    clock: Callable[[], float] = time.monotonic
    pause: Pause = time.sleep
    progress: Progress = lambda what, done, total: None
    _seen: list[Expected] = field(default_factory=list)

    def record(self, board: Looping, latency_s: float | None) -> Recorded:
        """Has the board infer, and the meter record. `latency_s`: of one inference; None: it is found out.

        What fails in the middle ends it: what was recorded stays. DeviceError where the meter does not even start,
        UsageError where the trace cannot be written.
        """
        recorder = Recorder(self.meter, self.path, clock=self.clock)
        board_failure = ""
        recorder.start()
        try:
            self._rest("idle before", recorder)
            board_failure = self._windows(board, latency_s, recorder)
            if not board_failure and recorder.failure is None:
                self._rest("idle after", recorder)
        except BaseException:
            recorder.note("interrupted")
            raise
        finally:
            trace = recorder.stop()
        return Recorded(trace, tuple(self._seen), recorder.failure, board_failure)

    def _windows(self, board: Looping, latency_s: float | None, recorder: Recorder) -> str:
        """All windows; why there are fewer, or "". A meter that has failed ends them."""
        total = self.plan.windows
        done = 0
        try:
            each_s = latency_s or self._first_latency(board)
            count = inferences_of(each_s, self.plan.window_s)
            while done < total and recorder.failure is None:
                self.progress("energy windows", done, total)
                looped = board.loop(count, each_s * count * _SLACK + self.plan.patience_s)
                board_s = looped.ticks / board.ticks_hz if looped.ticks and board.ticks_hz else None
                done += 1
                self._saw(Expected(f"window {done}", looped.sent_s, looped.answered_s, count, board_s), recorder)
        except DeviceError as error:
            return f"after {done} of {total} energy windows: {error.message}"
        self.progress("energy windows", done, total)
        return ""

    def _first_latency(self, board: Looping) -> float:
        """Of a board without a counter, by the host's clock."""
        looped = board.loop(LEAST_INFERENCES, self.plan.patience_s)
        return max(looped.answered_s - looped.sent_s, _LEAST_S) / LEAST_INFERENCES

    def _rest(self, name: str, recorder: Recorder) -> None:
        if self.plan.idle_s <= 0:
            return
        self.progress(name, 0, 1)
        self.pause(_GUARD_S)
        begin_s = self.clock()
        self.pause(self.plan.idle_s)
        self._saw(Expected(name, begin_s, self.clock(), 0), recorder)
        self.pause(_GUARD_S)

    def _saw(self, expected: Expected, recorder: Recorder) -> None:
        self._seen.append(expected)
        recorder.note(note_of(expected))


def settle(pause: Pause) -> None:
    """Waits for a board that a meter may have switched on."""
    pause(_SETTLE_S)

"""What becomes of a program in a WFI: simulated time is skipped until something wakes it, or it waits for input.

Time asleep is time, but it costs the host next to nothing, so it is not charged to a read's patience. What is charged
is each nap, by what it costs the host; and a program that naps again and again with no byte between waits for input,
unless it is known to wait for a time.
"""

from edgeopt.simulate.activity import ActivityRecord
from edgeopt.simulate.console import Console
from edgeopt.simulate.interrupts import Interrupts

WAITING_FUNCTION = "eo_port_getchar"
"""Of edgeopt's firmware: who sleeps in it waits for input, whatever else may wake him."""

_TIMED_FUNCTION = "eo_port_sleep"  # of edgeopt's firmware: who naps in it waits for a time, in however many naps

_NAP_TICKS = 5_000  # what a nap is worth in simulated work, about
_NAPS_OF_A_WAIT = 2_000  # in a row


class Sleep:
    """The sleep of one program.

    ticks:       all that it has slept.
    time_passes: who waits for input goes on sleeping, instead of the simulated time standing still.
    """

    def __init__(self, interrupts: Interrupts, console: Console, record: ActivityRecord) -> None:
        self.is_asleep = False
        self.ticks = 0
        self.time_passes = False
        self._charged = 0
        self._interrupts = interrupts
        self._console = console
        self._record = record
        self._function = ""
        self._naps = 0

    @property
    def grace(self) -> int:
        """Of the time asleep, what is not taken from the patience of a read."""
        return 0 if self.time_passes else self.ticks - self._charged

    def begin(self, is_masked: bool, function: str) -> bool:
        """The program is in a WFI of `function`. False: nothing that could wake it is on (or a handler would)."""
        self.is_asleep = is_masked and (self._interrupts.hears_console or self._interrupts.systick() is not None)
        if self.is_asleep:
            self._record.set_awake(False)
        self._function = function
        self._naps += 1
        self._charged += _NAP_TICKS
        return self.is_asleep

    def end(self) -> None:
        """The program does not sleep: the chip was reset, or input came."""
        self.is_asleep = False
        self._record.set_awake(True)
        self._naps = 0

    def skip(self, now: int, until: int) -> int:
        """The time after sleeping from `now` on, at most `until`; the program may be awake then, or found waiting."""
        wakes = self._interrupts.systick()
        if self._interrupts.has_console:
            self._naps = 0
        if self._interrupts.has_console or (wakes is not None and wakes <= now):
            self._wake(now)
            return now
        naps_for_ever = self._naps >= _NAPS_OF_A_WAIT and self._function != _TIMED_FUNCTION
        waits = self._function == WAITING_FUNCTION or wakes is None or naps_for_ever
        if waits and not self.time_passes and self._interrupts.hears_console:
            self._naps = 0
            self._console.wait()
            return now
        then = until if wakes is None else min(wakes, until)
        self.ticks += then - now
        if then == wakes:
            self._wake(then)
        return then

    def _wake(self, now: int) -> None:
        self.is_asleep = False
        self._record.set_awake(True, now)
        self._console.slept()

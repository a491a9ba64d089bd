"""When a simulated core was awake and its timestamp pin low: what a power meter at the board would have seen.

Times are the simulated clock's, which moves block by block: a write to the pin is noted with the tick at which its
block of code began, as a timer that is read there shows it.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """From `ticks` on."""

    ticks: int
    awake: bool
    pin_low: bool


@dataclass(frozen=True)
class Activity:
    """From `changes[0].ticks` to `end_ticks`, both since power-up, at `hz` ticks a second. No two changes are alike."""

    hz: float
    changes: tuple[Change, ...]
    end_ticks: int

    @property
    def end_s(self) -> float:
        return self.end_ticks / self.hz


class ActivityRecord:
    """Knows what the board does now; keeps what it did from `begin` on."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._awake = True
        self._pin_low = False
        self._changes: list[Change] | None = None

    def begin(self) -> None:
        """From now on changes are kept; nothing, where they are already."""
        if self._changes is None:
            self._changes = [Change(self._now(), self._awake, self._pin_low)]

    def changes(self) -> tuple[Change, ...]:
        return tuple(self._changes or ())

    def set_awake(self, awake: bool, ticks: int | None = None) -> None:
        """The core sleeps or is awake, from `ticks` on (now)."""
        if awake != self._awake:
            self._awake = awake
            self._note(ticks)

    def set_pin(self, low: bool) -> None:
        if low != self._pin_low:
            self._pin_low = low
            self._note(None)

    def _note(self, ticks: int | None) -> None:
        changes = self._changes
        if changes is None:
            return
        change = Change(self._now() if ticks is None else ticks, self._awake, self._pin_low)
        if changes[-1].ticks == change.ticks:
            changes.pop()
        if not changes or (changes[-1].awake, changes[-1].pin_low) != (change.awake, change.pin_low):
            changes.append(change)

"""The console of the virtual board: bytes in and out, and whether the program waits for input."""

from collections.abc import Callable

# A program that asks this often in vain, never long apart, is waiting and will go on doing so.
PATIENCE_POLLS = 2_000
_LONG_TICKS = 2_000

_UNFINISHED_LINE_TICKS = 100_000


class Console:
    """Two queues, and `due`: the simulated time at which the host is to look at them, None as long as there is no need.

    `on_due` is called when `due` is set: at once when a line is out or the program is found waiting for input, a
    little later when it has sent the beginning of a line.
    """

    def __init__(
        self, now: Callable[[], int], on_due: Callable[[int], None], patience_polls: int = PATIENCE_POLLS
    ) -> None:
        self.input = bytearray()
        self.output = bytearray()
        self.is_waiting = False
        self.due: int | None = None
        self._now = now
        self._on_due = on_due
        self._patience_polls = patience_polls
        self._polls = 0
        self._last_poll = 0

    def feed(self, data: bytes) -> None:
        """The host sends `data`."""
        self.input += data

    def take(self) -> bytes:
        """What the program has sent so far."""
        data = bytes(self.output)
        self.output.clear()
        self.due = None
        return data

    def resume(self) -> None:
        """The program goes on: whether it waits will be seen."""
        self.is_waiting = False
        self.due = None
        self._polls = 0

    def send(self, data: bytes) -> None:
        """The program sends `data`."""
        self.output += data
        self._polls = 0
        self._set_due(0 if b"\n" in data else _UNFINISHED_LINE_TICKS)

    def receive(self) -> int | None:
        """The program takes a byte; None if there is none."""
        self._polls = 0
        return self.input.pop(0) if self.input else None

    def has_input(self) -> bool:
        """The program asks for input. Asking in vain again and again is waiting."""
        if self.input:
            return True
        now = self._now()
        self._polls = self._polls + 1 if now - self._last_poll < _LONG_TICKS else 1
        self._last_poll = now
        if self._polls >= self._patience_polls:
            self.wait()
        return False

    def slept(self) -> None:
        """The program has slept since it asked last: it may have asked in vain, but not again and again."""
        self._polls = 0

    def wait(self) -> None:
        """The program does nothing but wait for input."""
        self.is_waiting = True
        self._polls = 0
        self.due = self._now()
        self._on_due(self.due)

    def _set_due(self, delay_ticks: int) -> None:
        at = self._now() + delay_ticks
        if self.due is None or at <= self.due:
            self.due = at
            self._on_due(at)

"""What is to happen at a simulated time though the program does nothing for it: a watchdog bites, a timer wakes."""

from collections.abc import Callable


class Events:
    """At most one event of each owner. `on_change` is told of the time of an event that is set."""

    def __init__(self, on_change: Callable[[int], None] = lambda _: None) -> None:
        self._due: dict[object, tuple[int, Callable[[], None]]] = {}
        self._on_change = on_change

    def set(self, owner: object, ticks: int, happens: Callable[[], None]) -> None:
        """`happens` is called at `ticks` since power-up; instead of what the owner had set before."""
        self._due[owner] = ticks, happens
        self._on_change(ticks)

    def cancel(self, owner: object) -> None:
        """The owner's event does not happen."""
        self._due.pop(owner, None)

    def clear(self) -> None:
        """No event happens: the chip was reset."""
        self._due.clear()

    @property
    def next(self) -> int | None:
        """When the next event is due; None: there is none."""
        return min((ticks for ticks, _ in self._due.values()), default=None)

    def run(self, now: int) -> None:
        """Lets happen what is due, in the order of time."""
        while (ticks := self.next) is not None and ticks <= now:
            owner = next(owner for owner, (due, _) in self._due.items() if due == ticks)
            _, happens = self._due.pop(owner)
            happens()

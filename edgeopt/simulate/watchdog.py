"""Ends what runs too long by the host's clock: for virtual boards that do not count, so have no time of their own."""

import threading
import time
from collections.abc import Callable

_LOOK_EVERY_S = 0.25


class Watchdog:
    """Calls `bite`, from a thread of its own, when the time that `feed` allowed is over; once for each `feed`."""

    def __init__(self, bite: Callable[[], None]) -> None:
        self._bite = bite
        self._until: float | None = None
        self._closed = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def feed(self, patience_s: float) -> None:
        """Allows `patience_s` seconds from now."""
        self._until = time.monotonic() + patience_s

    def rest(self) -> None:
        """Nothing runs that could take too long."""
        self._until = None

    def close(self) -> None:
        self._closed.set()

    def _watch(self) -> None:
        while not self._closed.wait(_LOOK_EVERY_S):
            until = self._until
            if until is not None and time.monotonic() > until:
                self._until = None
                self._bite()

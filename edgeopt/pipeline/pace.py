"""How fast something long goes, and how long it will go on, in words."""

import time
from collections.abc import Callable

_LEAST_S = 1.0  # what is known of the pace before says nothing


class Pace:
    """Tells of `done` of `total`. The first that is done sets the clock: what comes before it is no work of that kind.

    `clock` gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._first: tuple[int, float] | None = None

    def words(self, done: int, total: int) -> str:
        """As "340 of 10,000, 25 a second, 6 min left"."""
        now_s = self._clock()
        counts = f"{done:,} of {total:,}"
        if self._first is None or done <= self._first[0]:
            self._first = (done, now_s)
        elapsed_s = now_s - self._first[1]
        if elapsed_s < _LEAST_S or done >= total:
            return counts
        rate = (done - self._first[0]) / elapsed_s
        return f"{counts}, {rate:.3g} a second, {_duration((total - done) / rate)} left"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"

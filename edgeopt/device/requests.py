"""Requests that arrive while a device serves them: what each waits, how long the queue is, who misses a deadline.

One server, first come first served: with arrival A(i) and result F(i) the service of request i begins at
max(A(i), F(i - 1)). All times are the device's ticks; nothing here is the host's.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgeopt.device.arrivals import Arrivals, ticks_of
from edgeopt.device.link import SIMULATED, Link
from edgeopt.device.serving import LONGEST_TICKS
from edgeopt.device.session import Session
from edgeopt.device.stats import Interval, RunStats, wilson
from edgeopt.errors import DeviceError
from edgeopt.simulate.patience import TICKS_PER_TIMEOUT_SECOND

_BATCH_S = 4.0  # of arrivals in one batch, so that something is seen to happen
_ENDLESS = "the queue grows without end: a request waited longer than the board's counter can tell"

Ticks = NDArray[np.int64]


@dataclass(frozen=True)
class Requests:
    """Requests that were served: request i came `gap_ticks[i]` after another, its result `response_ticks[i]` later.

    There are fewer than arrivals where it ended early; `partial` says why, "" otherwise.
    """

    arrivals: Arrivals
    ticks_hz: int
    gap_ticks: tuple[int, ...]
    response_ticks: tuple[int, ...]
    asleep_ticks: int
    partial: str = ""

    @property
    def _arrived(self) -> Ticks:
        return np.cumsum(np.asarray(self.gap_ticks, np.int64))

    @property
    def _done(self) -> Ticks:
        return self._arrived + np.asarray(self.response_ticks, np.int64)

    @property
    def span_ticks(self) -> int:
        """From the beginning of the clock to the last result."""
        return int(self._done[-1])

    @property
    def wait_ticks(self) -> tuple[int, ...]:
        """From arrival to the beginning of the service."""
        before = np.concatenate(([0], self._done[:-1]))
        return tuple(np.maximum(before - self._arrived, 0).tolist())

    @property
    def service_ticks(self) -> tuple[int, ...]:
        return tuple(r - w for r, w in zip(self.response_ticks, self.wait_ticks, strict=True))

    @property
    def seen(self) -> tuple[int, ...]:
        """How many requests each one finds on its arrival, the one in service among them."""
        gone = np.searchsorted(self._done, self._arrived, side="right")
        return tuple((np.arange(len(gone)) - gone).clip(0).tolist())

    @property
    def utilization(self) -> float:
        """Share of the time in which a request was served."""
        return sum(self.service_ticks) / self.span_ticks

    @property
    def asleep(self) -> float:
        """Share of the time in which the device slept."""
        return self.asleep_ticks / self.span_ticks

    @property
    def served_per_s(self) -> float:
        return len(self.gap_ticks) * self.ticks_hz / self.span_ticks

    @property
    def response_ms(self) -> RunStats:
        return RunStats.of([ticks * 1e3 / self.ticks_hz for ticks in self.response_ticks])

    def misses(self, deadline_s: float) -> tuple[int, Interval | None]:
        """How many responses took longer, and between what the probability of that lies if they are independent.

        Responses in a queue are not: who comes behind a late one is late too, so the true interval is wider.
        """
        most = deadline_s * self.ticks_hz * (1 + 1e-12)  # what comes on the tick of the deadline is in time
        late = sum(ticks > most for ticks in self.response_ticks)
        return late, wilson(late, len(self.response_ticks))


def serve_arrivals(
    session: Session,
    link: Link,
    arrivals: Arrivals,
    service_ticks: int,
    progress: Callable[[str, int, int], None] | None = None,
) -> Requests:
    """Serves the arrivals with the loaded inputs, batch by batch; the device's clock and queue go on between batches.

    `service_ticks`: about what one inference takes, for the time-outs. DeviceError where not even one batch was served.
    """
    hz = session.identity.cycles_hz
    gaps = ticks_of(arrivals, hz)
    second = TICKS_PER_TIMEOUT_SECOND if link.traits.label == SIMULATED else hz
    responses: list[int] = []
    asleep, behind = 0, 0
    partial = ""
    try:
        words = [word for gap in gaps for word in as_words(gap)]
        for number, batch in enumerate(batches(words, session.identity.layer_window, int(_BATCH_S * hz))):
            wait_s = (sum(batch) + behind + len(batch) * service_ticks) / second
            served = session.serve(batch, number == 0, session.wire.patience.run_s + 1.5 * wait_s)
            if LONGEST_TICKS in served.response_ticks:
                partial = _ENDLESS
                break
            responses += served.response_ticks
            asleep += served.asleep_ticks
            behind = responses[-1] if responses else 0
            if progress is not None:
                progress("requests", len(responses), len(gaps))
    except DeviceError as error:
        if not responses:
            raise
        partial = error.message
    if not responses:
        raise DeviceError(_ENDLESS, "let requests come more rarely")
    if partial:
        partial = f"after {len(responses)} of {len(gaps)} requests: {partial}"
    found = Requests(arrivals, hz, gaps[: len(responses)], tuple(responses), asleep, partial)
    if found.span_ticks == 0:
        raise DeviceError(
            f"the board's counter did not move while {len(responses):,} requests were served",
            "is it the timer that the board file names, and does its clock run?",
        )
    return found


def batches(words: Sequence[int], most: int, most_ticks: int) -> Iterator[Sequence[int]]:
    """The words in groups of at most so many and, unless one alone is longer, ticks."""
    start, ticks = 0, 0
    for at, word in enumerate(words):
        if at > start and (at - start == most or ticks + word > most_ticks):
            yield words[start:at]
            start, ticks = at, 0
        ticks += word
    yield words[start:]


def as_words(gap: int) -> list[int]:
    """A gap as the device takes it: parts without a request, if it is longer than a word holds, and the rest."""
    parts, rest = divmod(gap, LONGEST_TICKS)
    return [LONGEST_TICKS] * parts + [rest]

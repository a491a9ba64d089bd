"""Numbers samples, also where so many were lost that the counter of six bits turned over: by when they came."""

from dataclasses import replace

from edgeopt.power.ppk2.wire import COUNTER_MASK
from edgeopt.power.trace import Block

_TURN = COUNTER_MASK + 1
_SURE = 0.75  # of a turn's time that must be missing before one is believed to be lost
_WAIT_S = 0.3  # after a loss, for samples that came without waiting in a buffer
_FEWEST = 10  # of those, before a turn is believed to be lost
_UNSEEN_S = 1.0  # that samples must come late before a loss is believed that the counter does not show
_UNSEEN_LATE_S = 0.004
_DRIFT = 2e-4  # between the host's clock and the meter's, at most
_CAUTION_S = 5.0  # that the host may be too busy to answer before the loss is taken as the counter shows it


class Timeline:
    """Gives blocks their sample numbers.

    A sample that no buffer has kept comes a constant time after it was taken. Where, after a loss, samples keep coming
    later than that by a turn of the counter (64 samples) or several, so many more were lost. Until that is known the
    blocks after the loss are held. Samples that come too late because the host was busy are not looked at.
    """

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._turn_s = _TURN / rate_hz
        self.beyond_counter = 0  # samples that were lost besides those that the counter shows
        self._next = 0
        self._ready: list[Block] = []
        self._held: list[Block] | None = None
        self._held_s = 0.0  # when the loss came to light
        self._late: list[float] = []  # of what came without waiting since then
        self._base_s: float | None = None  # the least time from a sample to its coming
        self._base_at_s = 0.0
        self._unseen: list[float] = []
        self._unseen_s = 0.0

    def add(self, block: Block, lost: int) -> None:
        """Block `first` is set here; `lost` is the least number of samples before it."""
        self._next += lost
        if lost and self._held is None:
            self._held, self._held_s, self._late = [], block.host_s, []
        (self._ready if self._held is None else self._held).append(replace(block, first=self._next))
        self._next += block.samples

    def arrived(self, host_s: float, waited: bool) -> list[Block]:
        """What can be given out, all that was there at `host_s` having been added.

        `waited`: the host had waited for it, so that the last sample is as young as any ever is.
        """
        delay_s = host_s - self._next / self._rate_hz
        if self._held is not None:
            self._settle(delay_s, host_s, waited)
        elif waited:
            self._watch(delay_s, host_s)
        if waited and self._held is None:
            self._learn(host_s - self._next / self._rate_hz, host_s)
        ready, self._ready = self._ready, []
        return ready

    def end(self) -> list[Block]:
        """What is still held."""
        if self._held is not None:
            self._release(self._turns(self._late) if len(self._late) >= _FEWEST else 0)
        ready, self._ready = self._ready, []
        return ready

    def _settle(self, delay_s: float, host_s: float, waited: bool) -> None:
        if waited:
            self._late.append(delay_s)
        if self._base_s is None or (self._late and not self._turns(self._late)):
            self._release(0)
        elif host_s - self._held_s >= _WAIT_S and len(self._late) >= _FEWEST:
            self._release(self._turns(self._late))
        elif host_s - self._held_s >= _CAUTION_S:
            self._release(0)

    def _turns(self, delays_s: list[float]) -> int:
        """How many turns of the counter the least of the delays lies above what is usual."""
        if self._base_s is None:
            return 0
        return max(0, int((min(delays_s) - self._base_s) / self._turn_s + 1.0 - _SURE))

    def _release(self, turns: int) -> None:
        more = turns * _TURN
        self._ready += [replace(block, first=block.first + more) for block in self._held or ()]
        self._next += more
        self.beyond_counter += more
        self._held = None

    def _watch(self, delay_s: float, host_s: float) -> None:
        """For a loss of whole turns, which the counter does not show: what comes is late, and stays so."""
        if self._base_s is None or delay_s - self._base_s < _UNSEEN_LATE_S:
            self._unseen = []
            return
        if not self._unseen:
            self._unseen_s = host_s
        self._unseen.append(delay_s)
        if host_s - self._unseen_s >= _UNSEEN_S and len(self._unseen) >= _FEWEST:
            more = self._turns(self._unseen) * _TURN
            self._next += more
            self.beyond_counter += more
            self._unseen = []

    def _learn(self, delay_s: float, host_s: float) -> None:
        """What is usual, at most so much later than before as the clocks may have drifted apart."""
        if self._base_s is None:
            self._base_s = delay_s
        elif not self._unseen:
            self._base_s = min(delay_s, self._base_s + (host_s - self._base_at_s) * _DRIFT)
        else:
            return
        self._base_at_s = host_s

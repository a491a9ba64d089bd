"""From what an LPM01A streams to numbered samples: what is lost shows at its time stamps, one each 1000 samples."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edgeopt.power.lpm01a.items import Damage, Event, Item, Kind, Samples, Stamp, Told
from edgeopt.power.lpm01a.setup import Setup
from edgeopt.power.trace import SATURATED, Block

EVERY = 1000  # samples between two time stamps
_ASCII_WRAP_MS = 1_000_000  # its time stamps have three digits for the seconds
_STAMP_ERROR_MS = 2.0  # of the difference of two, which are whole milliseconds
_LONGEST_GAP_S = 100.0  # what a stamp says beyond that is damage
_TOP = 0.998  # of the range: its end in a sample of few digits
_IMPOSSIBLE = 10.0  # times the range: a damaged sample
_HELD_HZ = 1000  # from this rate on, samples wait for the time stamp that confirms them: at most a second
_FULL_PERCENT = 90


class Assembler:
    """Blocks of a regular trace.

    Between two time stamps there are 1000 samples that the meter has taken; fewer came where some got lost, which are
    put where something damaged came, or else before the stamp. What came before a stamp that was found only after the
    twos of a binary stream had shifted is not believed: it counts as lost.
    """

    def __init__(self, setup: Setup, events: bool) -> None:
        self.fullest_percent = 0
        self.over_currents = 0
        self.damages = 0
        self._setup = setup
        self._events = events
        self._hold = setup.rate_hz >= _HELD_HZ
        self._wrap_ms = _ASCII_WRAP_MS if setup.format == "ascii_dec" else 0
        self._next = 0  # number of the first held sample
        self._since = 0  # samples taken since the last stamp, as far as given out
        self._last_ms: int | None = None
        self._held: list[NDArray[np.float64]] = []
        self._count = 0  # of the held
        self._gaps: list[int] = []  # held sample before which something damaged came
        self._lows: list[int] = []  # held samples with a fall
        self._tops: list[int] = []  # held samples with an over-current
        self._spoiled = False
        self._ended = False
        self._blocks: list[Block] = []

    @property
    def warnings(self) -> tuple[str, ...]:
        found = []
        if self.fullest_percent >= _FULL_PERCENT:
            found.append(
                f"the LPM01A's buffer was {self.fullest_percent} % full: the computer is too slow to read it; "
                "what did not fit was lost"
            )
        if self.over_currents:
            times = _times(self.over_currents)
            found.append(f"the LPM01A told of an over-current {times}: more flowed there than it measured")
        if self.damages:
            found.append(f"the LPM01A's bytes came damaged {_times(self.damages)}: those samples count as lost")
        return tuple(found)

    def take(self, items: Sequence[Item], host_s: float) -> list[Block]:
        for item in items:
            if isinstance(item, Samples):
                self._samples(item.values)
            elif isinstance(item, Stamp):
                self._stamp(item, host_s)
            elif isinstance(item, Damage):
                self._damage(item)
            elif isinstance(item, Event):
                self._lows.append(self._count)
            elif isinstance(item, Told):
                self._told(item.kind)
        if not self._hold:
            self._give_unconfirmed(host_s)
        return self._given()

    def flush(self, host_s: float) -> list[Block]:
        """What still waits for a time stamp that will not come."""
        self._give_unconfirmed(host_s)
        return self._given()

    def _give_unconfirmed(self, host_s: float) -> None:
        self._drop_spoiled()
        self._give(host_s, len(self._gaps))

    def _drop_spoiled(self) -> None:
        if self._spoiled:
            self._held, self._count, self._gaps, self._lows, self._tops = [], 0, [], [], []

    def _given(self) -> list[Block]:
        blocks, self._blocks = self._blocks, []
        return blocks

    def _told(self, kind: Kind) -> None:
        if kind is Kind.OVER_CURRENT:
            self._over_current()
        self._ended = kind is Kind.END

    def _over_current(self) -> None:
        """The next sample is less than the truth."""
        self.over_currents += 1
        self._tops.append(self._count)

    def _damage(self, damage: Damage) -> None:
        self.damages += 1
        self._gaps.append(self._count)
        self._spoiled = self._spoiled or damage.resync

    def _samples(self, values: NDArray[np.float64]) -> None:
        if self._ended:  # it was none, but an over-current
            self._ended = False
            self._over_current()
        begin = 0
        for bad in np.flatnonzero(values > _IMPOSSIBLE * self._setup.full_scale).tolist():
            self._keep(values[begin:bad])
            self._damage(Damage())
            begin = bad + 1
        self._keep(values[begin:])

    def _keep(self, values: NDArray[np.float64]) -> None:
        if len(values) and not self._spoiled:
            self._held.append(values)
            self._count += len(values)

    def _stamp(self, stamp: Stamp, host_s: float) -> None:
        self.fullest_percent = max(self.fullest_percent, stamp.buffer_percent)
        self._drop_spoiled()
        self._spoiled = False
        missing = self._expected(stamp.ms, self._since + self._count) - self._since - self._count
        self._give(host_s, max(missing, 0))
        self._since = 0
        self._last_ms = stamp.ms

    def _expected(self, ms: int | None, came: int) -> int:
        """How many samples the meter took since the last stamp."""
        by_count = max(1, math.ceil((came - 2) / EVERY)) * EVERY
        if ms is None or self._last_ms is None:
            return by_count
        passed_ms = ms - self._last_ms
        if passed_ms < 0 and self._wrap_ms:
            passed_ms += self._wrap_ms
        by_time = passed_ms * self._setup.rate_hz / 1000
        if passed_ms <= 0 or by_time - came > _LONGEST_GAP_S * self._setup.rate_hz:
            return by_count
        nearest = max(1, round(by_time / EVERY)) * EVERY
        even = abs(by_time - nearest) <= _STAMP_ERROR_MS * self._setup.rate_hz / 1000 + 2
        return nearest if even else max(round(by_time), came)

    def _give(self, host_s: float, missing: int) -> None:
        """Hands out the held samples with `missing` lost ones: one at each damage, the rest at the last.

        Where nothing tells where they are missing, that is before an edge, whose time is as uncertain then, or the end.
        """
        places = self._gaps[:missing] or ([min([*self._lows, self._count])] if missing else [])
        counts = [1] * len(places)
        if places:
            counts[-1] += missing - len(places)
        values = np.concatenate(self._held) if self._held else np.empty(0)
        begin = 0
        for place, count in zip([*places, self._count], [*counts, 0], strict=True):
            if place > begin:
                self._blocks.append(self._block(values, begin, place, host_s))
            self._next += place - begin + count
            begin = place
        self._since += self._count + missing
        waiting = [low - self._count for low in self._lows if low >= self._count]
        self._tops = [top - self._count for top in self._tops if top >= self._count]
        self._held, self._count, self._gaps, self._lows = [], 0, [], waiting

    def _block(self, values: NDArray[np.float64], begin: int, end: int, host_s: float) -> Block:
        part = values[begin:end]
        joules = self._setup.output == "energy"
        readings = (part * self._setup.rate_hz if joules else part).astype(np.float32)
        quality = np.where(part >= _TOP * self._setup.full_scale, SATURATED, 0).astype(np.uint8)
        quality[[top - begin for top in self._tops if begin <= top < end]] = SATURATED
        digital = np.ones(end - begin, np.uint8) if self._events else None
        if digital is not None:
            digital[[low - begin for low in self._lows if begin <= low < end]] = 0
        return Block(
            first=self._next,
            amps=None if joules else readings,
            watts=readings if joules else None,
            digital=digital,
            quality=quality if quality.any() else None,
            host_s=host_s,
        )


class StaticAssembler:
    """Blocks of static mode: each value stands from when it came to the next one, by the host's clock."""

    warnings: tuple[str, ...] = ()

    def __init__(self, setup: Setup, started_s: float) -> None:
        self._setup = setup
        self._started_s = started_s
        self._time_s = -1.0
        self._next = 0

    def take(self, items: Sequence[Item], host_s: float) -> list[Block]:
        return [self._block(item.values, host_s) for item in items if isinstance(item, Samples)]

    def flush(self, host_s: float) -> list[Block]:
        return []

    def _block(self, values: NDArray[np.float64], host_s: float) -> Block:
        begin_s = max(host_s - self._started_s, np.nextafter(self._time_s, np.inf), 0.0)
        times_s = begin_s + np.arange(len(values)) * 1e-6
        quality = np.where(values >= _TOP * self._setup.full_scale, SATURATED, 0).astype(np.uint8)
        block = Block(self._next, values.astype(np.float32), quality=quality, times_s=times_s, host_s=host_s)
        self._next += len(values)
        self._time_s = float(times_s[-1])
        return block


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"

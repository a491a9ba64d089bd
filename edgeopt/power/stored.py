"""A trace that lies in a file or in memory: what is known of it at once, and its samples a chunk at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from edgeopt.errors import MeterError, UsageError
from edgeopt.power.chunk import Chunk
from edgeopt.power.trace import Block, TraceInfo

WARNING = "warning: "  # how a note begins that a meter's driver leaves
START = "sampling starts"  # the note that a recorder writes before it starts the meter
_EDGE_LIMIT = 1_000_000


@dataclass(frozen=True)
class Note:
    """What happened beside the samples. `host_s` is the host's monotonic clock."""

    text: str
    host_s: float


@dataclass(frozen=True)
class Edges:
    """The edges of one digital line, in order; arrays of one length.

    An edge lies within `errors_s` of its time: a sample's level may be that of any moment of the sample, so that is
    one sample's length, and more where samples got lost about the edge. `low` is the level at the trace's begin.
    """

    times_s: NDArray[np.float64]
    errors_s: NDArray[np.float64]
    falls: NDArray[np.bool_]
    low: bool

    @property
    def falling_s(self) -> NDArray[np.float64]:
        return self.times_s[self.falls]

    @property
    def rising_s(self) -> NDArray[np.float64]:
        return self.times_s[~self.falls]


@dataclass(frozen=True)
class Place:
    """Where a chunk lies, and what it spans."""

    offset: int
    size: int
    first: int  # number of its first sample
    last: int
    begin_s: float
    end_s: float  # of its last sample, by the nominal rate where the meter is irregular
    samples: int
    arrival: tuple[float, float] | None


class Store(Protocol):
    """The bytes of a trace; each call of `open` gives a reader of its own."""

    @property
    def name(self) -> str: ...

    def open(self) -> BinaryIO: ...

    def load(self, file: BinaryIO, place: Place) -> Chunk:
        """UsageError where the bytes are not what they were."""
        ...


class Trace:
    """A recording. Memory: some 100 bytes for each chunk of it (a sixth of a second at 100 kS/s), and one chunk."""

    def __init__(
        self, store: Store, info: TraceInfo, places: list[Place], notes: tuple[Note, ...] = (), partial: str = ""
    ) -> None:
        self.info = info
        self.notes = notes
        self.partial = partial  # why there is less than was asked for; "" where it ended as it should
        self.name = store.name
        self._store = store
        self._places = places
        self._ends_s = np.array([place.end_s for place in places])
        self._begins_s = np.array([place.begin_s for place in places])

    @property
    def samples(self) -> int:
        """That came."""
        return sum(place.samples for place in self._places)

    @property
    def lost(self) -> int:
        """Samples that the meter took and that never came."""
        return self._places[-1].last + 1 - self.samples if self._places else 0

    @property
    def begin_s(self) -> float:
        """When the first sample that came begins."""
        return self._places[0].begin_s if self._places else 0.0

    @property
    def duration_s(self) -> float:
        """When the last sample ends, by the meter's clock."""
        return self._places[-1].end_s if self._places else 0.0

    @property
    def irregular(self) -> bool:
        return any(chunk.times_s is not None for chunk in self._first_chunk())

    def host_times(self) -> NDArray[np.float64]:
        """(n, 2): trace time (s) up to which samples had come, and the host time (s) at which they had."""
        pairs = [place.arrival for place in self._places if place.arrival is not None]
        return np.array(pairs, dtype=np.float64).reshape(len(pairs), 2)

    def started_host_s(self) -> float | None:
        """The host time before which no sample was taken, where the recorder noted it."""
        return next((note.host_s for note in self.notes if note.text == START), None)

    def chunks(self, begin_s: float | None = None, end_s: float | None = None) -> Iterator[Chunk]:
        """The chunks that touch [begin_s, end_s], and the one before and after: neighbours of a gap at the ends."""
        least = 0 if begin_s is None else max(int(np.searchsorted(self._ends_s, begin_s)) - 1, 0)
        most = len(self._places)
        if end_s is not None:
            most = min(int(np.searchsorted(self._begins_s, end_s, side="right")) + 1, most)
        if least >= most:
            return
        with self._store.open() as file:
            for place in self._places[least:most]:
                yield self._store.load(file, place)

    def blocks(self, begin_s: float | None = None, end_s: float | None = None) -> Iterator[Block]:
        """The samples that touch [begin_s, end_s), in blocks without a gap."""
        low = -np.inf if begin_s is None else begin_s
        high = np.inf if end_s is None else end_s
        for chunk, begins, ends in self.spans(begin_s, end_s):
            inside = slice(int(np.searchsorted(ends, low, side="right")), int(np.searchsorted(begins, high)))
            if inside.stop > inside.start:
                yield from chunk[inside].blocks(self.info.rate_hz)

    def spans(
        self, begin_s: float | None = None, end_s: float | None = None
    ) -> Iterator[tuple[Chunk, NDArray[np.float64], NDArray[np.float64]]]:
        """As `chunks`, each with the begin and the end (s) of what each of its samples stands for."""
        before: Chunk | None = None
        for chunk in self.chunks(begin_s, end_s):
            if before is not None:
                yield before, *self._span(before, chunk)
            before = chunk
        if before is not None:
            yield before, *self._span(before, None)

    def edges(self, line: int) -> Edges:
        """The edges of digital line `line`. MeterError where the trace has none such, or it does nothing but toggle."""
        if not 0 <= line < self.info.digital_lines:
            lines = f"lines 0 to {self.info.digital_lines - 1}" if self.info.digital_lines else "no digital lines"
            hint = f"it has {lines}; in a CSV name the column: --column line{line}=4"
            raise MeterError(f"the trace has no digital line {line}", hint)
        found: list[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]] = []
        count = 0
        low: bool | None = None
        tail: tuple[float, float, bool] | None = None  # begin, end, high: of the last sample so far
        for chunk, begins, ends in self.spans():
            if chunk.digital is None:
                raise MeterError(f"the trace tells no levels of the digital line {line}", "cut it by times instead")
            high = (chunk.digital >> line & 1).astype(np.bool_)
            low = not high[0] if low is None else low
            if tail is not None:
                begins, ends, high = (
                    np.concatenate(([one], many)) for one, many in zip(tail, (begins, ends, high), strict=True)
                )
            at = np.flatnonzero(high[1:] != high[:-1])
            found.append(((begins[at] + ends[at + 1]) / 2, (ends[at + 1] - begins[at]) / 2, high[at]))
            count += len(at)
            tail = float(begins[-1]), float(ends[-1]), bool(high[-1])
            if count > _EDGE_LIMIT:
                raise MeterError(
                    f"the digital line {line} has more than {_EDGE_LIMIT:,} edges",
                    "it floats, or is not the board's timestamp pin: look at the wiring and at `line=`",
                )
        if not found:
            return Edges(np.empty(0), np.empty(0), np.empty(0, dtype=np.bool_), False)
        times, errors, falls = (np.concatenate([part[i] for part in found]) for i in range(3))
        return Edges(times, errors, falls, bool(low))

    def _first_chunk(self) -> Iterator[Chunk]:
        if self._places:
            with self._store.open() as file:
                yield self._store.load(file, self._places[0])

    def _span(self, chunk: Chunk, after: Chunk | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        rate_hz = self.info.rate_hz
        if chunk.times_s is None:
            return chunk.numbers / rate_hz, (chunk.numbers + 1) / rate_hz
        begins = chunk.times_s
        follows = np.diff(chunk.numbers) == 1
        ends = begins + 1 / rate_hz
        ends[:-1] = np.where(follows, begins[1:], np.minimum(ends[:-1], begins[1:]))
        if after is not None and after.times_s is not None:
            next_s = after.times_s[0]
            ends[-1] = next_s if after.numbers[0] == chunk.numbers[-1] + 1 else min(ends[-1], next_s)
        return begins, ends


def damaged(name: str, offset: int, what: str) -> UsageError:
    """A trace that is no trace from byte `offset` on."""
    return UsageError(
        f"{name}: damaged at byte {offset}: {what}", f"`head -c {offset}` of it keeps what was recorded before that"
    )

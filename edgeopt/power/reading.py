"""Trace files read without trust: every record is checked, in one pass, before any figure is made of it."""

from pathlib import Path
from typing import BinaryIO

from edgeopt.errors import UsageError
from edgeopt.power import chunk as codec
from edgeopt.power import framing
from edgeopt.power.chunk import Chunk
from edgeopt.power.stored import Note, Place, Store, Trace, damaged
from edgeopt.power.trace import TraceInfo


def trace_of(store: Store) -> Trace:
    with store.open() as file:
        try:
            line = file.readline(framing.HEADER_LIMIT)
        except OSError as error:
            raise UsageError(f"{store.name}: cannot be read: {error.strerror}", "try again") from None
        if not line.endswith(b"\n"):
            raise UsageError(f"{store.name}: not a trace", "give the path of a trace, .eotrace")
        info = framing.info_of(Path(store.name), line)
        reading = _Reading(store.name, info)
        try:
            reading.all(file, len(line))
        except OSError as error:
            raise UsageError(f"{store.name}: cannot be read: {error.strerror}", "try again") from None
    return Trace(store, info, reading.places, tuple(reading.notes), reading.partial)


class _Reading:
    """One pass over a file: every record is checked, and where the chunks lie is kept."""

    def __init__(self, name: str, info: TraceInfo) -> None:
        self.name = name
        self.info = info
        self.places: list[Place] = []
        self.notes: list[Note] = []
        self.partial = "the recording was cut off: it has no end"
        self._shape: tuple[bool, bool] | None = None
        self._time_s = -1.0

    def all(self, file: BinaryIO, offset: int) -> None:
        while True:
            found = framing.read_record(self.name, file, offset)
            if found is None:
                return
            kind, payload = found
            size = framing.OVERHEAD + len(payload)
            if kind == framing.SAMPLES:
                self._samples(offset, size, payload)
            elif kind == framing.NOTE:
                self._note(offset, payload)
            else:
                self._end(offset, payload)
                if file.read(1):
                    raise damaged(self.name, offset + size, "there is more after the end")
                return
            offset += size

    def _samples(self, offset: int, size: int, payload: bytes) -> None:
        chunk = _unpack(self.name, offset, payload)
        times = chunk.times_s
        shape = chunk.amps is not None, times is not None
        first, last = int(chunk.numbers[0]), int(chunk.numbers[-1])
        if self._shape not in (None, shape) or (self.places and first <= self.places[-1].last):
            raise damaged(self.name, offset, "samples that do not follow those before")
        if times is not None and times[0] <= self._time_s:
            raise damaged(self.name, offset, "the samples' times do not rise")
        rate = self.info.rate_hz
        begin_s, end_s = first / rate, (last + 1) / rate
        if times is not None:
            begin_s, end_s = float(times[0]), float(times[-1]) + 1 / rate
            self._time_s = float(times[-1])
        if chunk.digital is not None and not self.info.digital_lines:
            raise damaged(self.name, offset, "levels of digital lines that the meter does not have")
        if len(self.places) >= framing.CHUNK_LIMIT:
            raise damaged(self.name, offset, f"more than {framing.CHUNK_LIMIT:,} pieces")
        self._shape = shape
        self.places.append(Place(offset, size, first, last, begin_s, end_s, len(chunk), chunk.arrival))

    def _note(self, offset: int, payload: bytes) -> None:
        content = framing.unpacked(self.name, offset, payload)
        text, host_s = content.get("text"), content.get("host_s")
        if len(content) != 2 or not isinstance(text, str) or not isinstance(host_s, float | int):
            raise damaged(self.name, offset, "a note that is none")
        if len(self.notes) >= framing.NOTE_LIMIT or not abs(host_s) <= codec.HOST_LIMIT_S or not text.isprintable():
            raise damaged(self.name, offset, "a note that cannot be")
        self.notes.append(Note(text, float(host_s)))

    def _end(self, offset: int, payload: bytes) -> None:
        content = framing.unpacked(self.name, offset, payload)
        samples = sum(place.samples for place in self.places)
        lost = self.places[-1].last + 1 - samples if self.places else 0
        partial = content.pop("partial", None)
        # Numbers that the samples do not bear out: JSON's true is Python's 1, so the types are compared too.
        totals = [(key, type(value), value) for key, value in sorted(content.items())]
        if totals != [("lost", int, lost), ("samples", int, samples)]:
            raise damaged(self.name, offset, f"it tells of other samples than the {samples} that are there")
        if not isinstance(partial, str) or not partial.isprintable():
            raise damaged(self.name, offset, "an end that is none")
        self.partial = partial


def load(name: str, file: BinaryIO, place: Place) -> Chunk:
    try:
        file.seek(place.offset)
        found = framing.read_record(name, file, place.offset)
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror}", "try again") from None
    if found is None or found[0] != framing.SAMPLES or len(found[1]) + framing.OVERHEAD != place.size:
        raise UsageError(f"{name}: has changed while it was read", "read it again when nothing writes it")
    return _unpack(name, place.offset, found[1])


def _unpack(name: str, offset: int, payload: bytes) -> Chunk:
    try:
        return codec.unpack(payload)
    except ValueError as error:
        raise damaged(name, offset, str(error)) from None

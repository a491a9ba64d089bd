"""Trace files, `.eotrace`: written as the samples come so that a killed process loses nothing, read without trust.

The format is described in docs/power_traces.md.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from edgeopt.errors import UsageError
from edgeopt.power import chunk as codec
from edgeopt.power import framing, reading
from edgeopt.power.chunk import Chunk
from edgeopt.power.stored import Edges, Note, Place, Trace
from edgeopt.power.trace import Block, TraceInfo

__all__ = ["Edges", "Note", "Trace", "TraceWriter", "memory_trace", "read_trace"]

_LONG = "begin another one: this has run for days"
_FLUSH_S = 0.5  # what a killed process may lose at most


class TraceWriter:
    """Writes a trace, in place. Memory: one chunk. UsageError where the file cannot be written (disk full ...)."""

    def __init__(self, path: Path, info: TraceInfo, file: BinaryIO | None = None) -> None:
        """`file` instead of the path's own, for a trace in memory."""
        self._name = str(path)
        self._rate_hz = info.rate_hz
        self._has_lines = info.digital_lines > 0
        self._pending: list[Chunk] = []
        self._chunks = 0
        self._room = codec.LIMIT  # samples that may still join them
        self._next = 0  # number of the next sample, at least
        self._time_s = -1.0  # of an irregular meter's last sample
        self._counts = [0, 0]  # samples, notes
        self._shape: tuple[bool, bool] | None = None
        first = framing.header(info)
        framing.info_of(path, first)  # what could not be read again is not begun
        try:
            self._file = path.open("wb", buffering=0) if file is None else file
        except (OSError, ValueError) as error:
            raise self._cannot(error) from None
        self._put(first)

    def append(self, block: Block) -> None:
        """Blocks come in order. ValueError for one that no meter may deliver, UsageError where the trace is full."""
        if not self._has_lines:
            block = replace(block, digital=None)
        taken = codec.chunk_of(block, self._rate_hz)
        if taken is None:
            return
        self._check(taken)
        if self._pending and self._pending[-1].channels != taken.channels:
            self._flush()
        while len(taken) > self._room:
            if self._room:
                self._pending.append(taken[: self._room])
            taken = taken[self._room :]
            self._flush()
        self._pending.append(taken)
        self._room -= len(taken)
        if int(taken.numbers[-1]) - int(self._pending[0].numbers[0]) + 1 >= _FLUSH_S * self._rate_hz:
            self._flush()

    def note(self, text: str, host_s: float) -> None:
        """Of more than 10,000 notes the rest is dropped, of a long one the rest."""
        if self._counts[1] < framing.NOTE_LIMIT:
            self._counts[1] += 1
            self._flush()
            host_s = host_s if abs(host_s) <= codec.HOST_LIMIT_S else 0.0
            self._record(framing.NOTE, framing.packed({"text": framing.line(text), "host_s": float(host_s)}))

    def end(self, partial: str = "") -> None:
        """Closes the file; `partial` says why there is less than was asked for."""
        self._flush()
        totals = {"samples": self._counts[0], "lost": self._next - self._counts[0], "partial": framing.line(partial)}
        self._record(framing.END, framing.packed(totals))
        self._file.close()

    def abandon(self) -> None:
        """Closes the file without an end: it will be read as partial."""
        self._file.close()

    def _check(self, chunk: Chunk) -> None:
        shape = "amps" in chunk.channels, "times_s" in chunk.channels
        times = chunk.times_s
        if self._shape not in (None, shape):
            raise ValueError("a meter tells amperes or watts, and is regular or not: it does not change")
        if chunk.numbers[0] < self._next or chunk.numbers[-1] >= codec.NUMBER_LIMIT:
            raise ValueError(f"sample {chunk.numbers[0]} after sample {self._next - 1}")
        if times is not None:
            if not self._time_s < times[0] or not times[-1] <= codec.TIME_LIMIT_S or not (times[1:] > times[:-1]).all():
                raise ValueError("the samples' times do not rise")
            self._time_s = float(times[-1])
        self._shape = shape
        self._next = int(chunk.numbers[-1]) + 1
        self._counts[0] += len(chunk)

    def _flush(self) -> None:
        if self._pending:
            pending, self._pending, self._room = self._pending, [], codec.LIMIT
            self._chunks += 1
            if self._chunks > framing.CHUNK_LIMIT:
                raise UsageError(f"{self._name}: the trace holds no more than {framing.CHUNK_LIMIT:,} pieces", _LONG)
            self._record(framing.SAMPLES, codec.pack(codec.joined(pending)))

    def _record(self, kind: bytes, payload: bytes) -> None:
        self._put(framing.record(kind, payload))

    def _put(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:  # without a buffer a file may take a part
                rest = rest[self._file.write(rest) :]
        except (OSError, ValueError) as error:
            self._file.close()  # what came before is whole; nothing may follow half a record
            raise self._cannot(error) from None

    def _cannot(self, error: Exception) -> UsageError:
        why = error.strerror if isinstance(error, OSError) else error
        return UsageError(f"{self._name}: the trace cannot be written: {why}", "name another place for it")


@dataclass(frozen=True)
class _File:
    path: Path

    @property
    def name(self) -> str:
        return str(self.path)

    def open(self) -> BinaryIO:
        try:
            return self.path.open("rb")
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise UsageError(f"{self.path}: cannot be read: {why}", "give the path of a trace, .eotrace") from None

    def load(self, file: BinaryIO, place: Place) -> Chunk:
        return reading.load(self.name, file, place)


class _Buffer(io.BytesIO):
    """Keeps what was written when it is closed."""

    content = b""

    def close(self) -> None:
        self.content = self.content or self.getvalue()
        super().close()


@dataclass(frozen=True)
class _Memory:
    data: bytes
    name: str = "(in memory)"

    def open(self) -> BinaryIO:
        return io.BytesIO(self.data)

    def load(self, file: BinaryIO, place: Place) -> Chunk:
        return reading.load(self.name, file, place)


def read_trace(path: Path) -> Trace:
    """A trace file, all of it checked. UsageError where it is none, or damaged; without an end it is partial."""
    return reading.trace_of(_File(path))


def memory_trace(info: TraceInfo, blocks: Iterable[Block], notes: Sequence[Note] = (), partial: str = "") -> Trace:
    """The trace that a file of these blocks would be, in memory."""
    buffer = _Buffer()
    writer = TraceWriter(Path("(in memory)"), info, buffer)
    for note in notes:
        writer.note(note.text, note.host_s)
    for block in blocks:
        writer.append(block)
    writer.end(partial)
    return reading.trace_of(_Memory(buffer.content))

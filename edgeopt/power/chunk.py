"""Samples as they are stored: some ten thousand at once, in order, with the gaps of what got lost among them."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeopt.power.trace import Block

LIMIT = 16384  # samples of one chunk
NUMBER_LIMIT = 1 << 53  # of a sample: exact as a float64
TIME_LIMIT_S = 1e9
HOST_LIMIT_S = 1e12  # of any clock, seconds since 1970 among them

# samples, runs, channels (bits, in the order of CHANNELS), whether an arrival is told, its trace time, its host time
_HEAD = struct.Struct("<IIBB2xdd")
_RUN = np.dtype([("first", "<i8"), ("count", "<u4")])
CHANNELS: tuple[tuple[str, np.dtype[Any]], ...] = (
    ("amps", np.dtype("<f4")),
    ("watts", np.dtype("<f4")),
    ("volts", np.dtype("<f4")),
    ("times_s", np.dtype("<f8")),
    ("digital", np.dtype("u1")),
    ("quality", np.dtype("u1")),
)
SIZE_LIMIT = _HEAD.size + LIMIT * (_RUN.itemsize + sum(kind.itemsize for _, kind in CHANNELS))


@dataclass(frozen=True)
class Chunk:
    """`numbers` rise strictly; where they jump, samples got lost. All arrays have one length n, 1 <= n <= LIMIT.

    The channels are as in `Block`. `arrival`: the trace time (s) up to which samples had come at a host time (s), of
    the moment at which the least had been on its way; None where the meter tells no host times.
    """

    numbers: NDArray[np.int64]
    amps: NDArray[np.float32] | None = None
    watts: NDArray[np.float32] | None = None
    volts: NDArray[np.float32] | None = None
    times_s: NDArray[np.float64] | None = None
    digital: NDArray[np.uint8] | None = None
    quality: NDArray[np.uint8] | None = None
    arrival: tuple[float, float] | None = None

    @property
    def channels(self) -> tuple[str, ...]:
        return tuple(name for name, _ in CHANNELS if getattr(self, name) is not None)

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, part: slice | NDArray[np.bool_]) -> "Chunk":
        taken = {name: getattr(self, name)[part] for name in self.channels}
        return replace(self, numbers=self.numbers[part], **taken)

    def blocks(self, rate_hz: float) -> Iterator[Block]:
        """The stretches between the gaps, each as late as the least late was."""
        for begin, end in _runs(self.numbers):
            part = {name: getattr(self, name)[begin:end] for name in self.channels}
            host_s = 0.0
            if self.arrival is not None:
                end_s = (int(self.numbers[end - 1]) + 1) / rate_hz
                end_s = end_s if self.times_s is None else float(self.times_s[end - 1])
                host_s = self.arrival[1] + end_s - self.arrival[0]
            yield Block(first=int(self.numbers[begin]), host_s=host_s, **{"amps": None, **part})


def chunk_of(block: Block, rate_hz: float) -> Chunk | None:
    """A block as a chunk of any length; values that are no number count as lost. None: nothing is left."""
    numbers = block.first + np.arange(block.samples, dtype=np.int64)
    channels = {
        name: np.ascontiguousarray(getattr(block, name), dtype=kind)
        for name, kind in CHANNELS
        if getattr(block, name) is not None
    }
    if any(len(values) != len(numbers) for values in channels.values()) or ("amps" in channels) == (
        "watts" in channels
    ):
        raise ValueError("a block has either amperes or watts, and as many of each channel")
    end_s = float(block.times_s[-1]) if block.times_s is not None else (block.first + block.samples) / rate_hz
    told = block.host_s and _possible((end_s, block.host_s))
    chunk = Chunk(numbers, **channels, arrival=(end_s, block.host_s) if told else None)
    sound = np.ones(len(chunk), dtype=np.bool_)
    for name in ("amps", "watts", "volts"):
        if name in channels:
            sound &= np.isfinite(channels[name])
    if sound.all():
        return chunk
    return chunk[sound] if sound.any() else None


def joined(parts: Sequence[Chunk]) -> Chunk:
    """Chunks with the same channels as one; of their arrivals the one that was the least on its way."""
    if len(parts) == 1:
        return parts[0]
    channels = {name: np.concatenate([getattr(part, name) for part in parts]) for name in parts[0].channels}
    arrivals = [part.arrival for part in parts if part.arrival is not None]
    arrival = min(arrivals, key=lambda pair: pair[1] - pair[0]) if arrivals else None
    return Chunk(np.concatenate([part.numbers for part in parts]), arrival=arrival, **channels)


def pack(chunk: Chunk) -> bytes:
    runs = _runs(chunk.numbers)
    table = np.array([(int(chunk.numbers[begin]), end - begin) for begin, end in runs], dtype=_RUN)
    bits = sum(1 << bit for bit, (name, _) in enumerate(CHANNELS) if name in chunk.channels)
    trace_s, host_s = chunk.arrival or (0.0, 0.0)
    head = _HEAD.pack(len(chunk), len(runs), bits, chunk.arrival is not None, trace_s, host_s)
    return b"".join([head, table.tobytes(), *(getattr(chunk, name).tobytes() for name in chunk.channels)])


def unpack(data: bytes) -> Chunk:
    """What `pack` wrote; ValueError (a few words) for anything else. Sizes are checked before anything is made."""
    if len(data) < _HEAD.size:
        raise ValueError("samples without a head")
    count, runs, bits, arrived, trace_s, host_s = _HEAD.unpack_from(data)
    there = [(name, kind) for bit, (name, kind) in enumerate(CHANNELS) if bits >> bit & 1]
    if bits >> len(CHANNELS) or (bits & 1) == (bits >> 1 & 1) or arrived > 1:
        raise ValueError("samples of unknown channels")
    size = _HEAD.size + runs * _RUN.itemsize + count * sum(kind.itemsize for _, kind in there)
    if not 1 <= runs <= count <= LIMIT or size != len(data):
        raise ValueError("the samples are not as many as they say")
    arrays: dict[str, Any] = {}
    offset = _HEAD.size + runs * _RUN.itemsize
    for name, kind in there:
        arrays[name] = np.frombuffer(data, kind, count, offset)
        offset += count * kind.itemsize
    numbers = _numbers(np.frombuffer(data, _RUN, runs, _HEAD.size), count)
    arrival = (trace_s, host_s) if arrived else None
    _check_values(arrays, arrival)
    return Chunk(numbers, arrival=arrival, **arrays)


def _numbers(table: NDArray[np.void], count: int) -> NDArray[np.int64]:
    firsts, counts = table["first"], table["count"].astype(np.int64)
    ends = firsts + counts  # a first at the end of int64 would wrap, and is refused just below
    if firsts.min() < 0 or firsts.max() >= NUMBER_LIMIT or counts.min() < 1 or counts.sum() != count:
        raise ValueError("the samples are wrongly numbered")
    if np.any(firsts[1:] <= ends[:-1]):
        raise ValueError("the samples are not in order")
    at = np.concatenate(([0], np.cumsum(counts)[:-1]))
    numbers: NDArray[np.int64] = np.repeat(firsts - at, counts) + np.arange(count)
    return numbers


def _check_values(arrays: dict[str, Any], arrival: tuple[float, float] | None) -> None:
    values = [arrays[name] for name in ("amps", "watts", "volts") if name in arrays]
    if not all(np.isfinite(channel).all() for channel in values):
        raise ValueError("a sample is no number")
    if arrival is not None and not _possible(arrival):
        raise ValueError("an arrival at no time")
    times = arrays.get("times_s")
    if times is not None and not (times[0] >= 0 and times[-1] <= TIME_LIMIT_S and np.all(np.diff(times) > 0)):
        raise ValueError("the samples' times do not rise")


def _possible(arrival: tuple[float, float]) -> bool:
    return abs(arrival[0]) <= TIME_LIMIT_S and abs(arrival[1]) <= HOST_LIMIT_S  # NaN is not


def _runs(numbers: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Begin and end, as indices, of each stretch without a gap."""
    cuts = np.flatnonzero(np.diff(numbers) != 1) + 1
    return list(zip([0, *cuts.tolist()], [*cuts.tolist(), len(numbers)], strict=True))

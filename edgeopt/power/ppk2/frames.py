"""Bytes to samples: four bytes each, over the borders of reads, found again by their counter where bytes got lost."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgeopt.power.ppk2.wire import (
    COUNTER_MASK,
    COUNTER_SHIFT,
    RANGE_MASK,
    RANGE_SHIFT,
    RANGES,
    SAMPLE_BYTES,
)

Words = NDArray[np.uint32]
_PROOF = 6  # samples whose counters must follow each other before a place counts as the begin of one
_LONGEST_HELD_BYTES = 1 << 14  # without a sample in it
_TURN = COUNTER_MASK + 1


@dataclass(frozen=True)
class Run:
    """Samples that follow each other. `lost`: the least number before them that the counter and the bytes allow."""

    words: Words
    lost: int


class Frames:
    """Cuts a stream into runs of samples.

    The counter is all there is to check them by. Where it jumps, the next place is sought from which it counts on:
    at once where whole samples are missing, some bytes on where bytes are missing or wrong. A sample is given out only
    when its successor has come: if a part of it is missing, that shows there.
    """

    def __init__(self) -> None:
        self._held = b""
        self._expected: int | None = None  # counter of the first sample of `_held`; None: not in step
        self._last: int | None = None  # counter of the last sample that was in step
        self._skipped_bytes = 0  # since then
        self._doubtful = False  # `_held` begins with a sample that was in step, but may lack its last byte

    def feed(self, data: bytes) -> list[Run]:
        """The runs that are certain after these bytes."""
        self._held += data
        return [run for run in self._runs(last=False) if len(run.words)]

    def end(self) -> list[Run]:
        """What is left, when no more bytes will come."""
        return [run for run in self._runs(last=True) if len(run.words)]

    def _runs(self, last: bool) -> Iterator[Run]:
        while True:
            lost = 0
            if self._expected is None:
                place = self._find()
                if place is None:
                    self._forget()
                    return
                yield from self._redeem(place)
                lost = self._fall_in(place)
            words = np.frombuffer(self._held, "<u4", len(self._held) // SAMPLE_BYTES)
            good = self._in_step(words)
            if good == len(words):
                keep = 0 if last else 1
                given = words[: max(good - keep, 0)]
                yield Run(given, lost)
                self._advance(len(given), words)
                return
            yield from self._lose_step(words, good, lost)

    def _in_step(self, words: Words) -> int:
        """How many samples from the first on follow each other."""
        counters = (words >> COUNTER_SHIFT) & COUNTER_MASK
        good = ((counters[1:] - counters[:-1]) & COUNTER_MASK) == 1
        good &= ((words[1:] >> RANGE_SHIFT) & RANGE_MASK) < RANGES
        if len(words) and counters[0] != self._expected:
            return 0
        return len(words) if good.all() else int(np.argmin(good)) + 1

    def _advance(self, count: int, words: Words) -> None:
        if count:
            self._last = int(words[count - 1] >> COUNTER_SHIFT) & COUNTER_MASK
            self._expected = (self._last + 1) & COUNTER_MASK
        self._held = self._held[count * SAMPLE_BYTES :]

    def _lose_step(self, words: Words, good: int, lost: int) -> Iterator[Run]:
        """Gives out what is sound before the sample `good`, which does not follow, and goes on without being in step.

        The sample before it may lack a byte, so that is held until `_redeem` knows.
        """
        sound = max(good - 1, 0)
        yield Run(words[:sound].copy(), lost)
        self._advance(sound, words)
        self._doubtful = good > 0
        self._expected = None
        self._skipped_bytes = 0

    def _redeem(self, place: int) -> Iterator[Run]:
        """Gives out the doubtful sample if whole samples lie between it and the place, so that it is whole too."""
        if not self._doubtful:
            return
        self._doubtful = False
        if (self._skipped_bytes + place) % SAMPLE_BYTES:
            return
        word = np.frombuffer(self._held, "<u4", 1)
        self._last = int(word[0] >> COUNTER_SHIFT) & COUNTER_MASK
        self._skipped_bytes -= SAMPLE_BYTES
        yield Run(word, 0)

    def _find(self) -> int | None:
        """The byte from which on samples follow each other; None where there is none yet."""
        data = np.frombuffer(self._held, np.uint8)
        places = len(data) - _PROOF * SAMPLE_BYTES + 1
        if places <= 0:
            return None
        starts = len(data) - SAMPLE_BYTES + 1
        counters = data[2 : 2 + starts] >> 2
        sound = ((data[1 : 1 + starts] >> 6) | ((data[2 : 2 + starts] & 1) << 2)) < RANGES
        follows = (((counters[SAMPLE_BYTES:] - counters[:-SAMPLE_BYTES]) & COUNTER_MASK) == 1) & sound[SAMPLE_BYTES:]
        candidates = sound[:places].copy()
        for step in range(_PROOF - 1):
            candidates &= follows[step * SAMPLE_BYTES : step * SAMPLE_BYTES + places]
        first = int(np.argmax(candidates))
        return first if candidates[first] else None

    def _fall_in(self, place: int) -> int:
        """In step again from a byte of what is held; how many samples were lost before it."""
        counter = self._held[place + 2] >> 2
        skipped = self._skipped_bytes + place
        self._held = self._held[place:]
        self._expected = counter
        if self._last is None:
            return 0
        lost = (counter - self._last - 1) & COUNTER_MASK
        least = skipped // SAMPLE_BYTES - 1  # as many bytes were there at least, if damaged
        return lost + max(0, -(-(least - lost) // _TURN)) * _TURN

    def _forget(self) -> None:
        """Keeps no more than what a sample may still begin in."""
        if len(self._held) > _LONGEST_HELD_BYTES:
            keep = _PROOF * SAMPLE_BYTES
            self._doubtful = False
            self._skipped_bytes += len(self._held) - keep
            self._held = self._held[-keep:]

"""Joulescope's streams side by side. Each signal comes in pieces of its own, at a rate of its own.

Sample ids count at the instrument's own rate (2 MHz), whatever rate a signal has: its element k has the id
`sample_id + k * decimate_factor`. What is missing is NaN, or is not there. Digital inputs are bits, the first in bit 0;
how many of the last byte's are real is not told.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeopt.errors import MeterError

CURRENT, VOLTAGE = "i", "v"
_LONGEST_PIECE = 1 << 24  # elements
_GAP_S = 0.5  # that is stepped over at once
_BEHIND_S = 2.0  # that one signal may be behind the current


@dataclass(frozen=True)
class Piece:
    """Elements of one signal. `values`: float32, or uint8 0/1."""

    first: int  # sample id
    step: int  # sample ids an element
    values: NDArray[Any]
    unsure: int  # elements at its end that may be padding

    @property
    def end(self) -> int:
        return self.first + self.step * len(self.values)

    @property
    def sure_end(self) -> int:
        return self.end - self.step * self.unsure


@dataclass(frozen=True)
class Together:
    """Samples that follow each other: `number` of the first, counted at the rate of the current."""

    number: int
    amps: NDArray[np.float32]
    volts: NDArray[np.float32]
    digital: NDArray[np.uint8]


def piece_of(value: Mapping[str, Any], is_bits: bool) -> tuple[Piece, int]:
    """A message of a `!data` topic, and the rate of its sample ids in Hz; MeterError where it makes no sense."""
    try:
        first, step = int(value["sample_id"]), int(value["decimate_factor"])
        rate_hz, data = int(value["sample_rate"]), np.asarray(value["data"])
    except (KeyError, TypeError, ValueError):
        raise _nonsense("lacks what samples come with") from None
    wanted = np.uint8 if is_bits else np.float32
    if data.ndim != 1 or data.dtype != wanted or data.size > _LONGEST_PIECE:
        raise _nonsense(f"has {data.size} values of type {data.dtype}")
    if first < 0 or not 0 < step <= 10_000_000 or not 0 < rate_hz <= 100_000_000:
        raise _nonsense(f"has sample id {first}, factor {step}, {rate_hz} Hz")
    values = np.unpackbits(data, bitorder="little") if is_bits else data
    return Piece(first, step, values, min(7, len(values)) if is_bits else 0), rate_hz


def _nonsense(what: str) -> MeterError:
    return MeterError(f"the Joulescope's driver delivers what makes no sense: a piece {what}", "which version is it?")


class Streams:
    """Puts current, voltage and digital inputs side by side. A sample waits until all signals have come that far."""

    def __init__(self, lines: int) -> None:
        self._bits = [str(line) for line in range(lines)]
        self._pieces: dict[str, deque[Piece]] = {name: deque() for name in (CURRENT, VOLTAGE, *self._bits)}
        self._done: int | None = None  # sample id up to which samples were given
        self._base = 0
        self.rate_hz: float | None = None  # of the current, once it is known

    def add(self, name: str, value: Mapping[str, Any]) -> None:
        """`name`: `i`, `v`, or a digital input `0` ..."""
        piece, id_hz = piece_of(value, name in self._bits)
        if not len(piece.values):
            return
        pieces = self._pieces[name]
        if name == CURRENT:
            rate_hz = id_hz / piece.step
            if self.rate_hz not in (None, rate_hz):
                raise _nonsense(f"of {rate_hz:g} samples a second after {self.rate_hz:g}")
            self.rate_hz = rate_hz
        if pieces and piece.first < pieces[-1].first:
            raise _nonsense("is older than the one before it")
        pieces.append(piece)

    def take(self, all_of_it: bool = False) -> list[Together]:
        """What is complete now; `all_of_it`: no more is to come, what one signal lacks at the end is left out."""
        current = self._pieces[CURRENT]
        if not current or self.rate_hz is None:
            return []
        step = current[0].step
        if self._done is None:
            self._done = self._base = current[0].first - current[0].first % step
        found = []
        end = min(self._end(name, all_of_it) for name in self._pieces)
        end -= end % step
        while self._done < end:
            low = max(self._done, self._next())
            if low >= end:
                break
            low -= low % step
            high = self._until(low, end)
            found.append(self._together(low, high, step))
            self._done = high
            self._forget(high)
        self._check_behind(step)
        return found

    def _end(self, name: str, all_of_it: bool) -> int:
        pieces = self._pieces[name]
        if not pieces:
            return self._done or 0
        return pieces[-1].end if all_of_it else pieces[-1].sure_end

    def _next(self) -> int:
        """The first sample id of a current that was not given yet."""
        return min((piece.first for piece in self._pieces[CURRENT]), default=0)

    def _until(self, low: int, end: int) -> int:
        """The end of the pieces of current that follow `low` without a long gap."""
        assert self.rate_hz is not None
        at = low
        for piece in self._pieces[CURRENT]:
            if piece.first - at > _GAP_S * self.rate_hz * piece.step:
                break
            at = max(at, piece.end)
        return min(at - at % self._pieces[CURRENT][0].step, end)

    def _together(self, low: int, high: int, step: int) -> Together:
        count = (high - low) // step
        digital = np.zeros(count, dtype=np.uint8)
        for bit, name in enumerate(self._bits):
            digital |= self._levels(name, low, count, step) * np.uint8(1 << bit)
        amps, volts = (self._floats(name, low, count, step) for name in (CURRENT, VOLTAGE))
        return Together((low - self._base) // step, amps, volts, digital)

    def _floats(self, name: str, low: int, count: int, step: int) -> NDArray[np.float32]:
        """The elements of these samples; NaN where there is none."""
        values = np.full(count, np.nan, dtype=np.float32)
        ids = low + step * np.arange(count)
        for piece in self._pieces[name]:
            begin, end = np.searchsorted(ids, (piece.first, piece.end))
            values[begin:end] = piece.values[(ids[begin:end] - piece.first) // piece.step]
        return values

    def _levels(self, name: str, low: int, count: int, step: int) -> NDArray[np.uint8]:
        """Of each sample: 0 if the input was low at any time of it, so that no pulse gets lost. Unknown: as before."""
        pieces = self._pieces[name]
        fine = min((piece.step for piece in pieces), default=step)
        each = max(step // fine, 1)
        ids = low + (step // each) * np.arange(count * each)
        levels = np.full(count * each, 2, dtype=np.uint8)
        for piece in pieces:
            begin, end = np.searchsorted(ids, (piece.first, piece.end))
            levels[begin:end] = piece.values[(ids[begin:end] - piece.first) // piece.step]
        known = np.maximum.accumulate(np.where(levels < 2, np.arange(len(levels)), 0))
        levels = np.where(levels[known] < 2, levels[known], 1).astype(np.uint8)
        lowest: NDArray[np.uint8] = levels.reshape(count, each).min(axis=1)
        return lowest

    def _forget(self, before: int) -> None:
        for pieces in self._pieces.values():
            while pieces and pieces[0].end <= before and (len(pieces) > 1 or pieces[0].unsure == 0):
                pieces.popleft()

    def _check_behind(self, step: int) -> None:
        """MeterError where a signal does not come: all others would be kept for it."""
        assert self.rate_hz is not None and self._done is not None
        newest = self._pieces[CURRENT][-1].end if self._pieces[CURRENT] else self._done
        if newest - self._done <= _BEHIND_S * self.rate_hz * step:
            return
        slowest = min(self._pieces, key=lambda name: self._end(name, True))
        what = {CURRENT: "current", VOLTAGE: "voltage"}.get(slowest, f"digital input {slowest}")
        raise MeterError(
            f"the Joulescope sends no {what} while it sends the rest",
            "is its firmware up to date? `pyjoulescope_driver program` updates it",
        )

"""A histogram in bounded memory whose result does not depend on the order in which values come.

Bins begin at multiples of their width, and the width is a power of two: the smallest with which all values seen so far
take MAX_BINS bins at most. When a value falls too far out, pairs of bins are merged until that holds again; merged bins
are exactly the bins that the greater width would have given from the start.
"""

from __future__ import annotations

import numpy as np

from edgeopt.ir import Array

MAX_BINS = 4096
_LARGEST_NUMBER = 2**40  # of a bin: it and its neighbours are exact in every type that counts here
_SMALLEST_EXPONENT = -120  # of the width; what is smaller than 2^-109 counts as 0


class Histogram:
    """Counts of values; `add` takes finite float32 arrays."""

    def __init__(self) -> None:
        self._exponent = _SMALLEST_EXPONENT
        self._first = 0  # the number of the first bin: it begins at _first * width
        self._counts: Array = np.zeros(0, np.int64)

    @property
    def width(self) -> float:
        return float(2.0**self._exponent)

    @property
    def counts(self) -> Array:
        return self._counts

    @property
    def centres(self) -> Array:
        """The middle of each bin; 0 for the bin that begins there, as ReLUs make exact zeros and they are many."""
        numbers = np.arange(self._first, self._first + len(self._counts))
        return np.where(numbers == 0, 0.0, (numbers + 0.5) * self.width)

    def add(self, values: Array) -> None:
        low, high = float(values.min()), float(values.max())
        self._make_room(low, high)
        # exact: the width is a power of two, and float64 holds every float32
        bins = np.floor(values.reshape(-1).astype(np.float64) * 2.0**-self._exponent).astype(np.int64)
        self._counts += np.bincount(bins - self._first, minlength=len(self._counts))

    def _make_room(self, low: float, high: float) -> None:
        """Bins for `low` to `high` beside those that are there, of the smallest width that is possible."""
        exponent, empty = self._exponent, not len(self._counts)
        while True:
            first, last = (int(np.floor(value * 2.0**-exponent)) for value in (low, high))
            if not empty:
                shift = exponent - self._exponent
                first = min(first, self._first >> shift)
                last = max(last, (self._first + len(self._counts) - 1) >> shift)
            if last - first < MAX_BINS and max(-first, last) < _LARGEST_NUMBER:
                break
            exponent += 1
        counts: Array = np.zeros(last - first + 1, np.int64)
        if not empty:
            numbers = np.arange(self._first, self._first + len(self._counts)) >> (exponent - self._exponent)
            np.add.at(counts, numbers - first, self._counts)
        self._exponent, self._first, self._counts = exponent, first, counts

"""Samples to currents: the calibration as a table, and the filter for what a change of the range disturbs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgeopt.power.ppk2.frames import Words
from edgeopt.power.ppk2.metadata import Metadata
from edgeopt.power.ppk2.wire import ADC_BITS, ADC_PINNED, DIGITAL_SHIFT, RANGE_MASK, RANGE_SHIFT, RANGES
from edgeopt.power.trace import SATURATED, SUSPECT

Amps = NDArray[np.float64]
FULL_SCALE_A = 1.0
DISTURBED = 3  # samples from a change of the range on that are not believed
_FROZEN = 2  # of those, in the highest range, that do not enter the averages
_HIGHEST = RANGES - 1
_CODE_MASK = (1 << (ADC_BITS + 3)) - 1  # ADC and range together
_BATCH = 64  # samples that an average takes at once


@dataclass(frozen=True)
class Converted:
    amps: NDArray[np.float32]
    digital: NDArray[np.uint8]
    quality: NDArray[np.uint8] | None  # None: all good


class Converter:
    """The currents of a stream's samples, block by block. `filtered`: with the filter of the official app."""

    def __init__(self, metadata: Metadata, volts: float, filtered: bool = True) -> None:
        adc = np.arange(1 << ADC_BITS, dtype=np.float64)
        amps = np.concatenate([metadata.amps(adc, r, volts) for r in range(RANGES)])
        quality = np.zeros(len(amps), dtype=np.uint8)
        quality[ADC_PINNED :: 1 << ADC_BITS] = SATURATED
        quality[amps > FULL_SCALE_A] = SATURATED
        self._amps, self._quality = amps, quality
        self._any_saturated = np.flatnonzero(quality)
        self._filter = RangeFilter(filtered)

    def convert(self, words: Words) -> Converted:
        """Of at least one sample; their ranges are 0 to 4."""
        codes = words & _CODE_MASK
        amps, suspect = self._filter.feed(self._amps[codes], ((words >> RANGE_SHIFT) & RANGE_MASK).astype(np.uint32))
        quality = self._quality[codes]
        if suspect is not None:
            quality |= np.where(suspect, np.uint8(SUSPECT), np.uint8(0))
        digital = (words >> DIGITAL_SHIFT).astype(np.uint8)
        return Converted(amps.astype(np.float32), digital, quality if quality.any() else None)


class RangeFilter:
    """Puts an average in the place of samples that a change of the range disturbs, as the official app does.

    Two averages run over all samples: a = 0.18 x + 0.82 a and a4 = 0.06 x + 0.94 a4, both from the first sample on.
    From a change of the range on three samples are replaced: in ranges 0 to 3 by `a`; in range 4 by `a4`, and the first
    two of them do not enter the averages.
    """

    ALPHA, ALPHA_4 = 0.18, 0.06

    def __init__(self, active: bool = True) -> None:
        self._active = active
        self._average = _Average(self.ALPHA)
        self._average_4 = _Average(self.ALPHA_4)
        self._range: int | None = None  # of the last sample
        self._since = DISTURBED  # samples since the last change

    def feed(self, amps: Amps, ranges: Words) -> tuple[Amps, NDArray[np.bool_] | None]:
        """The samples as they count, and which of them are disturbed; None: none."""
        since = self._samples_since(ranges)
        if since is None:
            self._average.skip(amps)
            self._average_4.skip(amps)
            return amps, None
        disturbed = since < DISTURBED
        if not self._active:
            return amps, disturbed
        highest = ranges == _HIGHEST
        entering = ~(disturbed & highest & (since < _FROZEN))
        at = np.cumsum(entering)  # 0: before the first that enters
        averages, averages_4 = (average.run(amps[entering]) for average in (self._average, self._average_4))
        replaced = amps.copy()
        low, high = disturbed & ~highest, disturbed & highest
        replaced[low] = averages[at[low]]
        replaced[high] = averages_4[at[high]]
        return replaced, disturbed

    def _samples_since(self, ranges: Words) -> NDArray[np.intp] | None:
        """Of each sample how many lie between it and the last change; None where nothing changed lately."""
        before = int(ranges[0]) if self._range is None else self._range
        self._range = int(ranges[-1])
        changed = np.empty(len(ranges), dtype=np.bool_)
        changed[0] = ranges[0] != before
        np.not_equal(ranges[1:], ranges[:-1], out=changed[1:])
        if self._since >= DISTURBED and not changed.any():
            return None
        at = np.arange(len(ranges))
        since: NDArray[np.intp] = at - np.maximum.accumulate(np.where(changed, at, -self._since))
        self._since = int(min(since[-1] + 1, DISTURBED))
        return since


class _Average:
    """An exponential average, the same however the samples are cut into blocks but for rounding."""

    def __init__(self, alpha: float) -> None:
        self._alpha = alpha
        self._value: float | None = None
        keep = 1.0 - alpha
        at = np.arange(_BATCH)
        self._fading = keep ** (at + 1)
        self._kernel = np.where(at >= at[:, None], alpha * keep ** np.maximum(at - at[:, None], 0), 0.0)
        seen = int(np.ceil(-40 / np.log(keep)))  # what is older counts less than 1e-17
        self._weights = alpha * keep ** np.arange(seen)[::-1]

    def skip(self, amps: Amps) -> None:
        """Takes samples in, without telling the averages between."""
        if not len(amps):
            return
        seen = min(len(amps), len(self._weights))
        value = self._value if self._value is not None else float(amps[0])
        left = (1.0 - self._alpha) ** len(amps)
        self._value = value * left + float(self._weights[-seen:] @ amps[-seen:])

    def run(self, amps: Amps) -> Amps:
        """The average before the first sample, and after each."""
        count = len(amps)
        if not count:
            return np.array([np.nan if self._value is None else self._value])
        value = self._value if self._value is not None else float(amps[0])
        batches = -(-count // _BATCH)
        padded = np.zeros(batches * _BATCH)
        padded[:count] = amps
        alone = padded.reshape(batches, _BATCH) @ self._kernel
        before = np.empty(batches)
        at_begin = value
        for batch, end in enumerate(alone[:, -1].tolist()):
            before[batch] = at_begin
            at_begin = at_begin * self._fading[-1] + end
        averages = (alone + before[:, None] * self._fading).reshape(-1)[:count]
        self._value = float(averages[-1])
        return np.concatenate(([value], averages))

"""What a recording of the Otii server holds, as values: analog channels by index, digital ones by their changes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeopt.errors import MeterError

LINES = ("i1", "i2")  # the digital inputs
_LARGEST = 1e6
_LONGEST_S = 1e8


@dataclass(frozen=True)
class Analog:
    """Samples from `begin_s` of the recording on, one each `interval_s`; NaN where the server has none."""

    begin_s: float
    interval_s: float
    values: NDArray[np.float64]


def analog(data: Mapping[str, Any]) -> Analog:
    """MeterError where it makes no sense."""
    try:
        begin_s, interval_s = float(data["timestamp"]), float(data["interval"])
        values = np.array([math.nan if value is None else value for value in data["values"]], dtype=np.float64)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise nonsense() from None
    if not (0 <= begin_s < _LONGEST_S and 1e-7 < interval_s < 10) or values.ndim != 1:
        raise nonsense()
    if (np.abs(values) > _LARGEST).any():
        raise nonsense()
    return Analog(begin_s, interval_s, values)


def changes(data: Mapping[str, Any]) -> list[tuple[float, int]]:
    """Times and levels of a digital channel."""
    values = data.get("values")
    if not isinstance(values, list):
        raise nonsense()
    found = []
    for value in values:
        time_s = value.get("timestamp") if isinstance(value, dict) else None
        if not isinstance(time_s, int | float) or not abs(time_s) < _LONGEST_S:
            raise nonsense()
        found.append((float(time_s), int(bool(value.get("value")))))
    return found


def count_of(data: Mapping[str, Any]) -> int:
    count = data.get("count")
    if not isinstance(count, int) or not 0 <= count < 1 << 40:
        raise nonsense()
    return count


def levels_at(times_s: NDArray[np.float64], first: int, at: Sequence[tuple[float, int]]) -> NDArray[np.uint8]:
    """The levels at these times: `first` before the first change."""
    edges_s = np.array([time_s for time_s, _ in at], dtype=np.float64)
    levels = np.array([first, *(level for _, level in at)], dtype=np.uint8)
    found: NDArray[np.uint8] = levels[np.searchsorted(edges_s, times_s, side="right")]
    return found


def nonsense() -> MeterError:
    return MeterError("the Otii server tells samples that make no sense", "which version of the Otii app is it?")

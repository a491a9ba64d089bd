"""Currents that are known exactly, for emulated meters: what they should find can be computed."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]  # seconds since the profile's begin, any shape


class Profile(Protocol):
    """What flows into a board, by the true time. The mean current of an interval is its charge over its length."""

    @property
    def supply_v(self) -> float: ...

    def charge_c(self, times_s: Times) -> NDArray[np.float64]:
        """Coulombs since time 0; defined for every time >= 0."""
        ...

    def digital(self, times_s: Times) -> NDArray[np.uint8]:
        """The levels of the digital lines at these times: bit k is line k."""
        ...


@dataclass(frozen=True)
class Pieces:
    """Constant currents: `amps[i]` and the lines `levels[i]` from `starts_s[i]` on (the first is 0), the last for ever.

    `starts_s` rises strictly; all three have one length >= 1.
    """

    supply_v: float
    starts_s: NDArray[np.float64]
    amps: NDArray[np.float64]
    levels: NDArray[np.uint8]

    def __post_init__(self) -> None:
        if self.starts_s[0] != 0 or np.any(np.diff(self.starts_s) <= 0):
            raise ValueError("the pieces of a profile begin at 0 and follow each other")

    @cached_property
    def _charges(self) -> NDArray[np.float64]:
        """Coulombs at each start."""
        return np.concatenate(([0.0], np.cumsum(np.diff(self.starts_s) * self.amps[:-1])))

    def charge_c(self, times_s: Times) -> NDArray[np.float64]:
        at = self._piece(times_s)
        charge: NDArray[np.float64] = self._charges[at] + (times_s - self.starts_s[at]) * self.amps[at]
        return charge

    def digital(self, times_s: Times) -> NDArray[np.uint8]:
        return self.levels[self._piece(times_s)]

    def energy_j(self, begin_s: float, end_s: float) -> float:
        """Joules between two times, exactly."""
        begin, end = self.charge_c(np.array([begin_s, end_s], dtype=np.float64))
        return float(self.supply_v * (end - begin))

    def _piece(self, times_s: Times) -> NDArray[np.intp]:
        return np.maximum(np.searchsorted(self.starts_s, times_s, side="right") - 1, 0)

"""What an emulated LPM01A samples of a profile, and what of it is lost."""

import numpy as np
from numpy.typing import NDArray

from edgeopt.power.emulator import Faults
from edgeopt.power.profile import Profile

_LOOK_S = 10e-6  # a shorter low of the line may go unseen


class Sampler:
    """Samples one after the other from `begin_s` (true time) on. `supply` and `power` are looked up by the caller."""

    def __init__(
        self, profile: Profile, faults: Faults, random: np.random.Generator, begin_s: float, rate_hz: float
    ) -> None:
        self._profile = profile
        self._faults = faults
        self._random = random
        self._begin_s = begin_s
        self._period_s = 1 / (rate_hz * faults.clock)
        self._low = not self.level(begin_s)
        self.taken = 0

    def level(self, time_s: float) -> bool:
        return bool(int(self._profile.digital(np.array([time_s]))[0]) & 1)

    def due(self, now_s: float) -> int:
        """How many samples could be taken until now, beyond those that are."""
        return max(0, int((now_s - self._begin_s) / self._period_s + 1e-6) - self.taken)

    def time_s(self, number: int) -> float:
        """The true time at which a sample begins."""
        return self._begin_s + number * self._period_s

    def take(self, count: int) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.int64]]:
        """Mean amperes of the next samples, which of them arrive, and in which of them (from 0) the line falls."""
        edges_s = self._begin_s + (self.taken + np.arange(count + 1)) * self._period_s
        self.taken += count
        charges = self._profile.charge_c(edges_s)
        amps = np.diff(charges) / self._period_s * self._faults.gain + self._faults.offset_a
        if self._faults.noise_a:
            amps = amps + self._random.normal(0.0, self._faults.noise_a, count)
        arrive = np.ones(count, np.bool_) if not self._faults.lost else self._random.random(count) >= self._faults.lost
        return amps, arrive, self._falls(edges_s)

    def _falls(self, edges_s: NDArray[np.float64]) -> NDArray[np.int64]:
        looks = max(1, round(self._period_s / _LOOK_S))
        steps = np.arange(looks) / looks * self._period_s
        times_s = (edges_s[:-1, None] + steps).ravel()
        low = (self._profile.digital(times_s) & 1) == 0
        before = np.concatenate(([self._low], low[:-1]))
        self._low = bool(low[-1]) if len(low) else self._low
        falls: NDArray[np.int64] = np.flatnonzero(low & ~before) // looks
        return falls

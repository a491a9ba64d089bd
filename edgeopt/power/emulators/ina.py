"""An emulated INA bridge: the chip's results one after the other, as counts, and the sketch's lines about them."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edgeopt.power.emulator import EMULATORS, Faults
from edgeopt.power.ina_chips import CHIPS, Chip, current_lsb_pa, ina228_energy_lsb_j, voltage_lsb_pv
from edgeopt.power.ina_info import Settings
from edgeopt.power.ina_lines import COUNTS, ROW_NUMBERS, TIMES_US, sealed
from edgeopt.power.meter import Meter
from edgeopt.power.meters.ina import InaMeter
from edgeopt.power.profile import Profile
from edgeopt.power.serving import MemoryPort

SHUNT_OHM = 0.1
RATE_HZ = 500  # of an INA228; the others have a row a result
_POLL_S = 2e-4  # that the bridge may see a result late
_SHUNT_PARTS = {"INA219": 1, "INA226": 1, "INA228": 4}  # of one result; the bus is measured after each


class InaEmulator:
    """The bridge, from its reset on; `began_s`: when the run began that it is in.

    `tolerance`: how far the true shunt is above `shunt_ohm`, relative.
    Half of the rows that `faults.lost` takes never come, the other half come damaged.
    """

    def __init__(
        self,
        profile: Profile,
        faults: Faults,
        chip: str = "INA228",
        shunt_ohm: float = SHUNT_OHM,
        tolerance: float = 0.0,
    ) -> None:
        self.chip: Chip = CHIPS[chip]
        self._profile = profile
        self._faults = faults
        self._shunt_ohm = shunt_ohm
        self._true_ohm = shunt_ohm * (1 + tolerance)
        self._rate_hz = RATE_HZ if self.chip.accumulates else int(1 / self.chip.result_s)
        self._random = np.random.default_rng(faults.seed)
        self._bus = min(round(profile.supply_v / self.chip.bus_lsb_v), 1 << 19)
        self._start(0.0)
        self._greeting = self.header()

    def header(self) -> bytes:
        chip = self.chip
        columns = "# row,time_us,current,voltage,gpio" + (",charge,energy" if chip.accumulates else "")
        return sealed(
            f"# edgeopt-bridge v1 meter={chip.name} shunt_ohm={self._shunt_ohm:.6f} rate_hz={self._rate_hz}"
            f" i_lsb_pa={current_lsb_pa(chip, self._shunt_ohm)} v_lsb_pv={voltage_lsb_pv(chip)}"
        ) + sealed(columns)

    def receive(self, data: bytes, now_s: float) -> bytes:
        answer = b""
        for command in data:
            if command == ord("?"):
                answer += self.header()
            elif command == ord("+"):
                self._start(now_s)
                answer += self.header()
            elif command == ord("-"):
                self._running = False
        return answer

    def stream(self, now_s: float) -> bytes:
        greeting, self._greeting = self._greeting, b""
        return greeting + (self._rows(now_s) if self._running else b"")

    def _start(self, now_s: float) -> None:
        self._running = True
        self.began_s = now_s
        self._row = 0
        self._results = 0  # of the chip since then
        self._last = 0  # counts
        self._charge = self._energy = 0.0  # counts

    def _rows(self, now_s: float) -> bytes:
        """The rows until now: each tells the result that was ready, the sums up to it, and the gate at its moment."""
        if self.chip.accumulates:
            period_s = 1 / (self._rate_hz * self._faults.clock)
            rows = np.arange(self._row, int((now_s - self.began_s) / period_s))
            at_s = (rows + 1) * period_s
            ready = (at_s / self.chip.result_s).astype(np.int64)  # results that are ready then
        else:
            rows = np.arange(self._row, int((now_s - self.began_s - _POLL_S) / self.chip.result_s))
            at_s = (rows + 1) * self.chip.result_s + self._random.uniform(0, _POLL_S, len(rows))
            ready = rows + 1
        if not len(rows):
            return b""
        self._row = int(rows[-1]) + 1
        counts = self._convert(np.arange(self._results, ready[-1]))
        current = np.concatenate(([self._last], counts))[ready - self._results]
        charge, energy = self._sums(counts, ready - self._results)
        levels = self._profile.digital(self.began_s + at_s) & 1
        times_us = np.round(at_s * self._faults.clock * 1e6).astype(np.int64)
        self._results, self._last = int(ready[-1]), int(current[-1])
        lines = []
        for i, row in enumerate(rows):
            text = f"{row % ROW_NUMBERS},{times_us[i] % TIMES_US},{current[i]},{self._bus},{levels[i]}"
            if self.chip.accumulates:
                text += f",{int(charge[i]) % COUNTS},{int(energy[i]) % COUNTS}"
            lines.append(sealed(text))
        return b"".join(self._on_the_way(lines))

    def _convert(self, results: NDArray[np.int64]) -> NDArray[np.int64]:
        """The counts of these results of the chip."""
        parts = _SHUNT_PARTS[self.chip.name]
        whole_s, shunt_s = self.chip.result_s / parts, self.chip.result_s * self.chip.measured_share / parts
        begins_s = self.began_s + results[:, None] * self.chip.result_s + np.arange(parts) * whole_s
        charges = self._profile.charge_c(begins_s + shunt_s) - self._profile.charge_c(begins_s)
        amps = charges.sum(axis=1) / (parts * shunt_s) * self._faults.gain + self._faults.offset_a
        amps += self._random.normal(0, self._faults.noise_a, len(results))
        counts = np.round(amps * self._true_ohm / self.chip.shunt_lsb_v)
        full = self.chip.full_counts
        clipped: NDArray[np.int64] = np.clip(counts, -full, full).astype(np.int64)
        return clipped

    def _sums(
        self, counts: NDArray[np.int64], ready: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Charge and energy in counts after as many of these results as `ready` says."""
        seconds = np.concatenate(([0.0], np.cumsum(counts * self.chip.result_s)))
        lsb_a = self.chip.current_lsb_a(self._shunt_ohm)
        watts = lsb_a * self._bus * self.chip.bus_lsb_v
        charge = self._charge + seconds
        energy = self._energy + seconds * watts / ina228_energy_lsb_j(lsb_a)
        self._charge, self._energy = float(charge[-1]), float(energy[-1])
        return charge[ready], energy[ready]

    def _on_the_way(self, lines: list[bytes]) -> list[bytes]:
        lost = self._random.random(len(lines)) < self._faults.lost
        damaged = self._random.random(len(lines)) < 0.5
        came = []
        for line, is_lost, is_damaged in zip(lines, lost, damaged, strict=True):
            if is_lost and is_damaged:
                at = int(self._random.integers(len(line) - 1))
                came.append(line[:at] + bytes([line[at] ^ 1]) + line[at + 1 :])
            elif not is_lost:
                came.append(line)
        return came


def emulated_ina(chip: str, settings: Settings | None = None) -> Callable[[Profile, Faults], Meter]:
    """The emulated bridge with one of the chips."""

    def meter(profile: Profile, faults: Faults) -> Meter:
        port = MemoryPort(InaEmulator(profile, faults, chip), "emulated INA bridge", faults.unplugged_s)
        return InaMeter(port, settings or Settings(), port.clock, label="simulated")

    return meter


EMULATORS.register("ina")(emulated_ina("INA228"))

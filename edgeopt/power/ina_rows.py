"""Rows of the INA bridge into samples: what got lost is found, and where the chip adds up, filled."""

from collections.abc import Sequence

import numpy as np

from edgeopt.power.ina_chips import ina228_charge_lsb_c, ina228_energy_lsb_j
from edgeopt.power.ina_lines import COUNTS, ROW_NUMBERS, TIMES_US, Header, Row
from edgeopt.power.trace import SATURATED, SUSPECT, Block

_MOST_FILLED = 100_000  # samples; a longer gap stays one
_MOST = 1.05  # of full scale, that a sum may tell
_FOLLOW_S = 0.02
_SURE_COUNTS = 50  # of energy, from which on it tells the voltage of a gap better than its ends do

Sample = tuple[int, float, float, float, int, int]  # number, time (s), A, V, level, quality


class Rows:
    """The rows of one run, from row 0 on, in order; times are seconds since its first row."""

    def __init__(self, header: Header, shunt_ohm: float, tell_volts: bool) -> None:
        self.header = header
        self.count = 0
        self.negative = 0  # rows whose current is less than 0
        self.filled = 0  # samples that the chip's sums stand for
        self._behind_c = 0.0  # charge that the chip has added up, and the samples do not hold yet
        self._chip = header.chip
        self._lsb_a = header.chip.current_lsb_a(shunt_ohm)
        self._tell_volts = tell_volts
        self._before: Row | None = None
        self._number = 0  # of the row before, counted on beyond ROW_NUMBERS
        self._time_us = 0
        self._began_us = 0

    @property
    def charge_lsb_c(self) -> float:
        return ina228_charge_lsb_c(self._lsb_a)

    def blocks(self, rows: Sequence[Row], host_s: float) -> list[Block]:
        """The samples that these rows complete."""
        samples: list[Sample] = []
        for row in rows:
            samples += self._samples(row)
        runs: list[list[Sample]] = []
        for sample in samples:
            if not runs or sample[0] != runs[-1][-1][0] + 1:
                runs.append([])
            runs[-1].append(sample)
        return [self._block(run, host_s) for run in runs]

    def _samples(self, row: Row) -> list[Sample]:
        self.count += 1
        self.negative += row.current < 0
        before, self._before = self._before, row
        if before is None:
            self._number = row.number
            self._time_us = self._began_us = row.time_us
            return []
        number, began_us = self._number, self._time_us
        passed_us = (row.time_us - before.time_us) % TIMES_US
        step = (row.number - before.number) % ROW_NUMBERS
        step += ROW_NUMBERS * round((passed_us * 1e-6 * self.header.rate_hz - step) / ROW_NUMBERS)
        if step < 1 or passed_us == 0:  # the same row twice
            self._before = before
            return []
        self._number, self._time_us = number + step, began_us + passed_us
        begin_s, passed_s = (began_us - self._began_us) * 1e-6, passed_us * 1e-6
        amps, volts = row.current * self._lsb_a, row.voltage * self._chip.bus_lsb_v
        quality = SATURATED if abs(row.current) >= self._chip.full_counts else 0
        if step == 1:
            amps += self._correction(before, row, amps, passed_s)
            return [(number, begin_s, amps, volts, before.gate, quality)]
        if step <= _MOST_FILLED and (mean := self._mean(before, row, passed_s)) is not None:
            times_s = begin_s + passed_s / step * np.arange(step)
            flags = SUSPECT | quality
            self.filled += step
            return [(number + k, float(at_s), *mean, before.gate, flags) for k, at_s in enumerate(times_s)]
        last_s = begin_s + passed_s * (step - 1) / step
        return [(number + step - 1, last_s, amps, volts, row.gate, quality)]

    def _correction(self, before: Row, row: Row, amps: float, passed_s: float) -> float:
        """What brings the samples' charge to the sum that the chip makes of all its results, within `_FOLLOW_S`.

        A row has but the newest result: a load in the rhythm of the rows would be met at one phase of it for ever.
        """
        if before.charge is None or row.charge is None:
            return 0.0
        added_up_c = _difference(row.charge, before.charge) * self.charge_lsb_c
        if abs(added_up_c) > _MOST * self._chip.full_counts * self._lsb_a * passed_s:
            return 0.0
        self._behind_c += added_up_c - amps * passed_s
        more = self._behind_c / max(_FOLLOW_S, passed_s)
        self._behind_c -= more * passed_s
        return more

    def _mean(self, before: Row, row: Row, passed_s: float) -> tuple[float, float] | None:
        """Mean current and voltage between two rows by what the chip has added up; None where it cannot tell."""
        if before.charge is None or row.charge is None or before.energy is None or row.energy is None:
            return None
        charge_c = _difference(row.charge, before.charge) * self.charge_lsb_c
        amps = charge_c / passed_s
        if abs(amps) > _MOST * self._chip.full_counts * self._lsb_a:  # no current that it can measure
            return None
        volts = (before.voltage + row.voltage) / 2 * self._chip.bus_lsb_v
        counts = (row.energy - before.energy) % COUNTS
        told_v = counts * ina228_energy_lsb_j(self._lsb_a) / charge_c if charge_c > 0 else 0.0
        if _SURE_COUNTS <= counts < COUNTS // 2 and 0.5 * volts < told_v < 2 * volts:
            volts = told_v
        return amps, volts

    def _block(self, run: Sequence[Sample], host_s: float) -> Block:
        numbers, times_s, amps, volts, levels, quality = zip(*run, strict=True)
        return Block(
            first=numbers[0],
            amps=np.array(amps, dtype=np.float32),
            volts=np.array(volts, dtype=np.float32) if self._tell_volts else None,
            digital=np.array(levels, dtype=np.uint8),
            quality=np.array(quality, dtype=np.uint8) if any(quality) else None,
            times_s=np.array(times_s, dtype=np.float64),
            host_s=host_s,
        )


def _difference(now: int, before: int) -> int:
    """Of two counts modulo COUNTS; charge may go back."""
    return (now - before + COUNTS // 2) % COUNTS - COUNTS // 2

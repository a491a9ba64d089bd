"""Watchdog of Nordic's nRF51 and nRF52 (nRF52840 product specification, section 6.36)."""

from edgeopt.simulate.peripherals import PERIPHERALS, Cause, Machine, Peripheral
from edgeopt.simulate.peripherals.register_bank import RegisterBank

_START, _RUNSTATUS, _CRV, _RREN, _CONFIG, _RR0 = 0x000, 0x400, 0x504, 0x508, 0x50C, 0x600
_RELOAD = 0x6E52_4635
_CLOCK_HZ = 32_768
_COUNTS_ASLEEP = 1
_MOST = 0xFFFF_FFFF


@PERIPHERALS.register("nrf_wdt")
class NrfWdt(RegisterBank):
    """Resets the chip CRV + 1 periods after it was started or last fed, by its first channel alone.

    Its registers are locked once it runs. Time in which the core sleeps does not count unless CONFIG says so. A reset
    by the program leaves it running.
    """

    size_bytes = 0x1000

    def __init__(self, machine: Machine, hz: int) -> None:
        super().__init__(machine, hz)
        self.registers = {_CRV: _MOST, _RREN: 1, _CONFIG: _COUNTS_ASLEEP}
        self._runs = False
        self._asleep = 0  # clock ticks that the core had slept when the time began that runs now

    def read(self, offset: int) -> int:
        if offset == _RUNSTATUS:
            return int(self._runs)
        return self.registers[offset] if offset in self.registers else super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == _RR0:
            if self._runs and value == _RELOAD:
                self._begin()
        elif offset == _START:
            if value and not self._runs:
                self._runs = True
                self._begin()
        elif not self._runs:
            super().write(offset, value)

    def after_reset(self, cause: Cause) -> Peripheral:
        if cause != "software" or not self._runs:
            return super().after_reset(cause)
        self._begin()
        return self

    def _begin(self) -> None:
        periods = self.registers[_CRV] + 1
        self._wait(-(-periods * self.machine.clock_hz // _CLOCK_HZ))

    def _wait(self, ticks: int) -> None:
        self._asleep = self.machine.asleep()
        self.machine.events.set(self, self.machine.now() + ticks, self._bite)

    def _bite(self) -> None:
        slept = 0 if self.registers[_CONFIG] & _COUNTS_ASLEEP else self.machine.asleep() - self._asleep
        if slept:
            self._wait(slept)
        else:
            self.machine.reset("watchdog")

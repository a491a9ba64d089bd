"""Watchdog of the RP2040, with the tick of its timer and the registers that a reset leaves (datasheet, section 4.7)."""

from typing import ClassVar

from edgeopt.simulate.peripherals import PERIPHERALS, Cause, Peripheral
from edgeopt.simulate.peripherals.rp2040_clocks import AtomicBank

_CTRL, _LOAD, _REASON, _SCRATCH0, _TICK = 0x00, 0x04, 0x08, 0x0C, 0x2C
_ENABLE, _TRIGGER, _TICK_ENABLE, _TICK_RUNS = 1 << 30, 1 << 31, 1 << 9, 1 << 10
_CYCLES_MASK = 0x1FF
_SCRATCH = tuple(range(_SCRATCH0, _TICK, 4))
_REFERENCE_HZ = 12_000_000  # the crystal
_PER_TICK = 2  # errata RP2040-E1


@PERIPHERALS.register("rp2040_watchdog")
class Rp2040Watchdog(AtomicBank):
    """Counts LOAD down, twice a tick, while it is enabled and the tick runs; at 0 it resets the chip.

    The scratch registers and REASON are kept but by power-up and the pin RUN. A reset of the core alone, which is what
    the program's own is, leaves the whole block as it is.
    """

    _TIMER: ClassVar[int] = 1
    _FORCED: ClassVar[int] = 2

    def value(self, offset: int) -> int:
        value = super().value(offset)
        return value | _TICK_RUNS if offset == _TICK and value & _TICK_ENABLE else value

    def write(self, offset: int, value: int) -> None:
        if offset == _REASON:
            return
        super().write(offset, value)
        if self.registers.get(_CTRL, 0) & _TRIGGER:
            self._end("software", self._FORCED)
        elif offset in (_CTRL, _LOAD, _TICK):
            self._begin()

    def after_reset(self, cause: Cause) -> Peripheral:
        if cause == "software" and self.registers.get(_REASON, 0) != self._FORCED:
            self._begin()
            return self
        fresh = type(self)(self.machine, self.hz)
        if cause in ("software", "watchdog"):
            fresh.registers = {at: value for at, value in self.registers.items() if at in (_REASON, *_SCRATCH)}
        return fresh

    def _begin(self) -> None:
        cycles = self.registers.get(_TICK, 0) & _CYCLES_MASK
        if not self.registers.get(_CTRL, 0) & _ENABLE or not self.registers.get(_TICK, 0) & _TICK_ENABLE or not cycles:
            self.machine.events.cancel(self)
            return
        steps = (self.registers.get(_LOAD, 0) & 0xFF_FFFF) // _PER_TICK
        due = self.machine.now() + steps * cycles * self.machine.clock_hz // _REFERENCE_HZ
        self.machine.events.set(self, due, lambda: self._end("watchdog", self._TIMER))

    def _end(self, cause: Cause, reason: int) -> None:
        self.registers[_REASON] = reason
        self.machine.reset(cause)


@PERIPHERALS.register("rp2040_chip_reset")
class Rp2040ChipReset(AtomicBank):
    """VREG_AND_CHIP_RESET (section 2.10): whether power or the pin RUN reset the chip last; others leave it."""

    _CHIP_RESET: ClassVar[int] = 0x8
    _HAD: ClassVar[dict[str, int]] = {"power": 1 << 8, "pin": 1 << 16}
    _last: Cause = "power"

    def value(self, offset: int) -> int:
        return self._HAD[self._last] if offset == self._CHIP_RESET else super().value(offset)

    def after_reset(self, cause: Cause) -> Peripheral:
        fresh = type(self)(self.machine, self.hz)
        fresh._last = cause if cause in self._HAD else self._last
        return fresh

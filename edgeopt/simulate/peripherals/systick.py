"""SysTick: the 24-bit down-counter of every Cortex-M (DDI 0403, section B3.3), counting the core's clock."""

from edgeopt.simulate.peripherals import PERIPHERALS, Machine
from edgeopt.simulate.peripherals.register_bank import RegisterBank

_CSR, _RVR, _CVR = 0x0, 0x4, 0x8
_ENABLED, _INTERRUPTS, _COUNTED = 1, 2, 1 << 16
_MASK = 0xFF_FFFF


@PERIPHERALS.register("systick")
class SysTick(RegisterBank):
    """Wraps from 0 to the reload value; COUNTFLAG says that it has done so since it was last read."""

    size_bytes = 0x10
    _start = 0  # the simulated time at which the counter was, or would have been, at the reload value
    _seen = 0  # wraps that COUNTFLAG has told of
    _acknowledged = 0  # wraps whose interrupt was cleared

    def __init__(self, machine: Machine, hz: int) -> None:
        super().__init__(machine, hz)
        machine.interrupts.systick = self._interrupts_at
        machine.interrupts.acknowledge_systick = self._acknowledge

    def read(self, offset: int) -> int:
        if offset == _CSR:
            value = self.registers.get(_CSR, 0)
            wraps = self._elapsed() // self._period() if value & _ENABLED else 0
            value |= _COUNTED if wraps > self._seen else 0
            self._seen = wraps
            return value
        if offset == _CVR:
            if not self.registers.get(_CSR, 0) & _ENABLED:
                return 0
            return self._period() - 1 - self._elapsed() % self._period()
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        super().write(offset, value & _MASK)
        if offset in (_CSR, _CVR):  # any write to CVR clears it
            self._start, self._seen, self._acknowledged = self.machine.ticks(self.hz), 0, 0

    def _interrupts_at(self) -> int | None:
        if self.registers.get(_CSR, 0) & (_ENABLED | _INTERRUPTS) != _ENABLED | _INTERRUPTS:
            return None
        count = self._start + (self._acknowledged + 1) * self._period()
        return -(-count * self.machine.clock_hz // self.hz)

    def _acknowledge(self) -> None:
        self._acknowledged = self._elapsed() // self._period()

    def _period(self) -> int:
        return self.registers.get(_RVR, 0) + 1

    def _elapsed(self) -> int:
        return self.machine.ticks(self.hz) - self._start

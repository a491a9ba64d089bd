"""General-purpose timer of the STM32s as an up-counter (RM0444): CR1, SR, EGR, CNT, PSC, ARR."""

from edgeopt.simulate.peripherals import PERIPHERALS
from edgeopt.simulate.peripherals.register_bank import RegisterBank

_CR1, _SR, _EGR, _CNT, _PSC, _ARR = 0x00, 0x10, 0x14, 0x24, 0x28, 0x2C


@PERIPHERALS.register("stm32_tim")
class Stm32Tim(RegisterBank):
    """Counts from 0 to ARR while enabled; ARR is all ones after reset (32 bits, as TIM2 and TIM5 have)."""

    _count = 0
    _since = 0

    def read(self, offset: int) -> int:
        if offset == _CNT:
            return self._now()
        if offset == _SR:
            return self.registers.get(_SR, 0)
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        restart = offset == _CNT or (offset == _EGR and value & 1)
        self._count = (value if offset == _CNT else 0) if restart else self._now()
        self._since = self.machine.ticks(self.hz)
        if offset == _EGR and value & 1:
            self.registers[_SR] = 1  # update event
        super().write(offset, value)

    def _now(self) -> int:
        if not self.registers.get(_CR1, 0) & 1:
            return self._count
        ticks = (self.machine.ticks(self.hz) - self._since) // (self.registers.get(_PSC, 0) % 0x1_0000 + 1)
        return (self._count + ticks) % (self.registers.get(_ARR, 0xFFFF_FFFF) + 1)

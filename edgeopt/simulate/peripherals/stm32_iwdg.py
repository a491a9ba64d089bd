"""The independent watchdog of the STM32s (RM0432 chapter 42): registers KR, PR, RLR, SR."""

from edgeopt.simulate.peripherals import PERIPHERALS, Machine
from edgeopt.simulate.peripherals.register_bank import RegisterBank

_KR, _PR, _RLR, _SR = 0x00, 0x04, 0x08, 0x0C
_START, _UNLOCK, _FEED = 0xCCCC, 0x5555, 0xAAAA
_LSI_HZ = 32_000
_MOST = 0xFFF
_UPDATE_READS = 3  # so often SR says that a new value is on its way


@PERIPHERALS.register("stm32_iwdg")
class Stm32Iwdg(RegisterBank):
    """Counts down in periods of LSI, 4 << PR of them a step, once it was started; at the end it resets the chip.

    PR and RLR take values only after the key that unlocks them, and work from the next feeding on.
    """

    def __init__(self, machine: Machine, hz: int) -> None:
        super().__init__(machine, hz)
        self.registers = {_RLR: _MOST}
        self._is_open = self._runs = False
        self._pending = 0

    def read(self, offset: int) -> int:
        if offset == _SR:
            self._pending = max(self._pending - 1, 0)
            return 3 if self._pending else 0
        return 0 if offset == _KR else self.registers.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        if offset == _KR:
            self._is_open = value == _UNLOCK
            self._runs = self._runs or value == _START
            if self._runs and value in (_START, _FEED):
                self._feed()
        elif offset in (_PR, _RLR) and self._is_open:
            self.registers[offset] = value & (7 if offset == _PR else _MOST)
            self._pending = _UPDATE_READS

    def _feed(self) -> None:
        periods = (self.registers[_RLR] + 1) * (4 << min(self.registers.get(_PR, 0), 6))
        due = self.machine.now() + periods * self.machine.clock_hz // _LSI_HZ
        self.machine.events.set(self, due, lambda: self.machine.reset("watchdog"))

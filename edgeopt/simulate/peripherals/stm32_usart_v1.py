"""USART of STM32F1, F2, F4 and their kin (RM0390): registers SR, DR, BRR, CR1."""

from edgeopt.simulate.peripherals import PERIPHERALS
from edgeopt.simulate.peripherals.register_bank import RegisterBank

_SR, _DR = 0x00, 0x04
_RECEIVED, _SENT, _ROOM = 1 << 5, 1 << 6, 1 << 7


@PERIPHERALS.register("stm32_usart_v1")
class Stm32UsartV1(RegisterBank):
    """Sends at once; never overruns."""

    def read(self, offset: int) -> int:
        if offset == _SR:
            return _ROOM | _SENT | (_RECEIVED if self.machine.console.has_input() else 0)
        if offset == _DR:
            return self.machine.console.receive() or 0
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == _DR:
            self.machine.console.send(bytes((value & 0xFF,)))
        elif offset != _SR:
            super().write(offset, value)

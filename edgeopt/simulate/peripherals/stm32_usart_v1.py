"""USART of STM32F1, F2, F4 and their kin (RM0390): registers SR, DR, BRR, CR1."""

from edgeopt.simulate.peripherals import PERIPHERALS
from edgeopt.simulate.peripherals.uart import Uart

_SR, _DR = 0x00, 0x04
_RECEIVED, _SENT, _ROOM = 1 << 5, 1 << 6, 1 << 7


@PERIPHERALS.register("stm32_usart_v1")
class Stm32UsartV1(Uart):
    status_at, receive_at, transmit_at = _SR, _DR, _DR
    read_only = (_SR,)

    def status(self) -> int:
        return _ROOM | _SENT | (_RECEIVED if self.machine.console.has_input() else 0)

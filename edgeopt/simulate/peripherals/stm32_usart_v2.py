"""USART and LPUART of STM32L4, G0, U5 and their kin (RM0432, RM0444): registers CR1 .. TDR."""

from edgeopt.simulate.peripherals import PERIPHERALS
from edgeopt.simulate.peripherals.uart import Uart

_CR1, _ISR, _RDR, _TDR = 0x00, 0x1C, 0x24, 0x28
_RECEIVED, _SENT, _ROOM = 1 << 5, 1 << 6, 1 << 7
_TX_ENABLED, _RX_ENABLED = 1 << 21, 1 << 22


@PERIPHERALS.register("stm32_usart_v2")
class Stm32UsartV2(Uart):
    status_at, receive_at, transmit_at = _ISR, _RDR, _TDR

    def status(self) -> int:
        control = self.registers.get(_CR1, 0)
        enabled = (_TX_ENABLED if control & 8 else 0) | (_RX_ENABLED if control & 4 else 0)
        return _ROOM | _SENT | enabled | (_RECEIVED if self.machine.console.has_input() else 0)

"""USART and LPUART of STM32L4, G0, U5 and their kin (RM0432, RM0444): registers CR1 .. TDR."""

from edgeopt.simulate.peripherals import PERIPHERALS
from edgeopt.simulate.peripherals.uart import Uart

_CR1, _ISR, _ICR, _RDR, _TDR = 0x00, 0x1C, 0x20, 0x24, 0x28
_RECEIVED, _SENT, _ROOM = 1 << 5, 1 << 6, 1 << 7
_TX_ENABLED, _RX_ENABLED = 1 << 21, 1 << 22
_ON, _RECEIVES, _SENDS = 1 << 0, 1 << 2, 1 << 3


@PERIPHERALS.register("stm32_usart_v2")
class Stm32UsartV2(Uart):
    """Deaf and dumb until CR1 has it on.

    errors: bits 3 to 0 of ISR (overrun, noise, framing, parity). Nothing here sets them by itself; a test
    may. As long as they stand nothing more is received; ICR clears them.
    """

    status_at, receive_at, transmit_at = _ISR, _RDR, _TDR
    interrupt_enable = _CR1, 1 << 5
    errors = 0

    def status(self) -> int:
        hears, speaks = self._is_on(_RECEIVES), self._is_on(_SENDS)
        enabled = (_TX_ENABLED if speaks else 0) | (_RX_ENABLED if hears else 0)
        has_input = hears and not self.errors and self.machine.console.has_input()
        return _ROOM | _SENT | enabled | self.errors | (_RECEIVED if has_input else 0)

    def write(self, offset: int, value: int) -> None:
        if offset == _ICR:
            self.errors &= ~value
        elif offset != _TDR or self._is_on(_SENDS):
            super().write(offset, value)

    def _is_on(self, direction: int) -> bool:
        return self.registers.get(_CR1, 0) & (_ON | direction) == _ON | direction

"""USART of STM32F1, F2, F4 and their kin (RM0390): registers SR, DR, BRR, CR1."""

from edgeopt.simulate.peripherals import PERIPHERALS
from edgeopt.simulate.peripherals.uart import Uart

_SR, _DR, _CR1 = 0x00, 0x04, 0x0C
_RECEIVED, _SENT, _ROOM = 1 << 5, 1 << 6, 1 << 7
_RECEIVES, _SENDS, _ON = 1 << 2, 1 << 3, 1 << 13


@PERIPHERALS.register("stm32_usart_v1")
class Stm32UsartV1(Uart):
    """Deaf and dumb until CR1 has it on.

    errors: bits 3 to 0 of SR (overrun, noise, framing, parity). Nothing here sets them by itself; a test
    may. As long as they stand nothing more is received; reading SR, then DR, clears them.
    """

    status_at, receive_at, transmit_at = _SR, _DR, _DR
    interrupt_enable = _CR1, 1 << 5
    read_only = (_SR,)
    errors = 0
    _has_shown_errors = False

    def status(self) -> int:
        self._has_shown_errors = bool(self.errors)
        hears = self._is_on(_RECEIVES) and not self.errors
        return _ROOM | _SENT | self.errors | (_RECEIVED if hears and self.machine.console.has_input() else 0)

    def read(self, offset: int) -> int:
        if offset == _DR and self.errors:
            self.errors = 0 if self._has_shown_errors else self.errors
            return 0
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset != _DR or self._is_on(_SENDS):
            super().write(offset, value)

    def _is_on(self, direction: int) -> bool:
        return self.registers.get(_CR1, 0) & (_ON | direction) == _ON | direction

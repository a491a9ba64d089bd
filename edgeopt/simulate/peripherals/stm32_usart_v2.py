"""USART and LPUART of STM32L4, G0, U5 and their kin (RM0432, RM0444): registers CR1 .. TDR."""

from edgeopt.simulate.peripherals import PERIPHERALS
from edgeopt.simulate.peripherals.register_bank import RegisterBank

_CR1, _ISR, _RDR, _TDR = 0x00, 0x1C, 0x24, 0x28
_RECEIVED, _SENT, _ROOM = 1 << 5, 1 << 6, 1 << 7
_TX_ENABLED, _RX_ENABLED = 1 << 21, 1 << 22


@PERIPHERALS.register("stm32_usart_v2")
class Stm32UsartV2(RegisterBank):
    """Sends at once; never overruns."""

    def read(self, offset: int) -> int:
        if offset == _ISR:
            control = super().read(_CR1)
            enabled = (_TX_ENABLED if control & 8 else 0) | (_RX_ENABLED if control & 4 else 0)
            return _ROOM | _SENT | enabled | (_RECEIVED if self.machine.console.has_input() else 0)
        if offset == _RDR:
            return self.machine.console.receive() or 0
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == _TDR:
            self.machine.console.send(bytes((value & 0xFF,)))
        else:
            super().write(offset, value)

"""UART without DMA of Nordic's nRF51 and nRF52."""

from edgeopt.simulate.peripherals import PERIPHERALS
from edgeopt.simulate.peripherals.uart import Uart

_RECEIVED, _SENT, _INTENSET, _RXD, _TXD = 0x108, 0x11C, 0x304, 0x518, 0x51C


@PERIPHERALS.register("nrf_uart")
class NrfUart(Uart):
    """The event of a received byte comes back as long as there are more."""

    size_bytes = 0x1000
    status_at, receive_at, transmit_at = _RECEIVED, _RXD, _TXD
    interrupt_enable = _INTENSET, 1 << 2

    def status(self) -> int:
        return int(self.machine.console.has_input())

    def read(self, offset: int) -> int:
        return self.registers.get(_SENT, 0) if offset == _SENT else super().read(offset)

    def write(self, offset: int, value: int) -> None:
        super().write(offset, value)
        if offset == _TXD:
            self.registers[_SENT] = 1

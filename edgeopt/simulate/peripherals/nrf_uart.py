"""UART without DMA of Nordic's nRF51 and nRF52."""

from edgeopt.simulate.peripherals import PERIPHERALS
from edgeopt.simulate.peripherals.register_bank import RegisterBank

_RECEIVED, _SENT, _RXD, _TXD = 0x108, 0x11C, 0x518, 0x51C


@PERIPHERALS.register("nrf_uart")
class NrfUart(RegisterBank):
    """Sends at once; never overruns. The event of a received byte comes back as long as there are more."""

    size_bytes = 0x1000

    def read(self, offset: int) -> int:
        if offset == _RECEIVED:
            return int(self.machine.console.has_input())
        if offset == _RXD:
            return self.machine.console.receive() or 0
        if offset == _SENT:
            return self.registers.get(_SENT, 0)
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == _TXD:
            self.machine.console.send(bytes((value & 0xFF,)))
            self.registers[_SENT] = 1
        else:
            super().write(offset, value)

"""Arm PrimeCell UART PL011 (DDI 0183), on the RP2040 and many others."""

from edgeopt.simulate.peripherals import PERIPHERALS
from edgeopt.simulate.peripherals.uart import Uart

_DR, _FR, _IMSC = 0x00, 0x18, 0x38
_RX_EMPTY, _TX_EMPTY = 1 << 4, 1 << 7


@PERIPHERALS.register("pl011")
class Pl011(Uart):
    status_at, receive_at, transmit_at = _FR, _DR, _DR
    interrupt_enable = _IMSC, 1 << 4 | 1 << 6  # the FIFO is filled so far, or a byte has waited in it

    def status(self) -> int:
        return _TX_EMPTY | (0 if self.machine.console.has_input() else _RX_EMPTY)

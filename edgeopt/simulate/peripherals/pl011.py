"""Arm PrimeCell UART PL011 (DDI 0183), on the RP2040 and many others."""

from edgeopt.simulate.peripherals import PERIPHERALS
from edgeopt.simulate.peripherals.register_bank import RegisterBank

_DR, _FR = 0x00, 0x18
_RX_EMPTY, _TX_EMPTY = 1 << 4, 1 << 7


@PERIPHERALS.register("pl011")
class Pl011(RegisterBank):
    """Sends at once; never overruns."""

    def read(self, offset: int) -> int:
        if offset == _FR:
            return _TX_EMPTY | (0 if self.machine.console.has_input() else _RX_EMPTY)
        if offset == _DR:
            return self.machine.console.receive() or 0
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == _DR:
            self.machine.console.send(bytes((value & 0xFF,)))
        else:
            super().write(offset, value)

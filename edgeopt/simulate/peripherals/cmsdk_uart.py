"""UART of Arm's Cortex-M System Design Kit (DDI 0479), on the MPS2 and MPS3 boards."""

from edgeopt.simulate.peripherals import PERIPHERALS
from edgeopt.simulate.peripherals.register_bank import RegisterBank

_DATA, _STATE, _INTERRUPT = 0x0, 0x4, 0xC
_RX_FULL = 2


@PERIPHERALS.register("cmsdk_uart")
class CmsdkUart(RegisterBank):
    """Sends at once; never overruns."""

    def read(self, offset: int) -> int:
        if offset == _STATE:
            return _RX_FULL if self.machine.console.has_input() else 0
        if offset == _DATA:
            return self.machine.console.receive() or 0
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == _DATA:
            self.machine.console.send(bytes((value & 0xFF,)))
        elif offset not in (_STATE, _INTERRUPT):  # there a 1 clears a flag, and none is ever set
            super().write(offset, value)

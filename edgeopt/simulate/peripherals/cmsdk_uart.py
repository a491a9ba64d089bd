"""UART of Arm's Cortex-M System Design Kit (DDI 0479), on the MPS2 and MPS3 boards."""

from edgeopt.simulate.peripherals import PERIPHERALS
from edgeopt.simulate.peripherals.uart import Uart

_DATA, _STATE, _CONTROL, _INTERRUPT = 0x0, 0x4, 0x8, 0xC
_RX_FULL = 2


@PERIPHERALS.register("cmsdk_uart")
class CmsdkUart(Uart):
    status_at, receive_at, transmit_at = _STATE, _DATA, _DATA
    interrupt_enable = _CONTROL, 1 << 3
    read_only = (_STATE, _INTERRUPT)  # there a 1 clears a flag, and none is ever set

    def status(self) -> int:
        return _RX_FULL if self.machine.console.has_input() else 0

"""What all UARTs share; a file a kind says where its registers lie and what its status is."""

from abc import abstractmethod
from typing import ClassVar

from edgeopt.simulate.peripherals.register_bank import RegisterBank


class Uart(RegisterBank):
    """Sends at once; never overruns."""

    status_at: ClassVar[int]
    receive_at: ClassVar[int]
    transmit_at: ClassVar[int]
    interrupt_enable: ClassVar[tuple[int, int]] = (0, 0)  # offset and bits by which a received byte interrupts
    read_only: ClassVar[tuple[int, ...]] = ()  # offsets where writing changes nothing

    def listens(self) -> bool:
        offset, bits = self.interrupt_enable
        return bool(self.registers.get(offset, 0) & bits)

    @abstractmethod
    def status(self) -> int:
        """The status register; it asks the console for input only where it tells of it."""

    def read(self, offset: int) -> int:
        if offset == self.status_at:
            return self.status()
        if offset == self.receive_at:
            return self.machine.console.receive() or 0
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == self.transmit_at:
            self.machine.console.send(bytes((value & 0xFF,)))
        elif offset not in self.read_only:
            super().write(offset, value)

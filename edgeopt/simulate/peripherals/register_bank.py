"""Registers of which nothing is known: they read back what was written, and a program that waits for a flag gets it."""

from edgeopt.simulate.peripherals import PERIPHERALS, Machine, Peripheral

_PATIENCE_READS = 64


@PERIPHERALS.register("register_bank")
class RegisterBank(Peripheral):
    """What stands in for every peripheral without a model.

    Firmware waits for flags that hardware sets ("clock ready", "reset done") or clears ("busy"). So a register that is
    read again and again, with nothing written in between, shows the complement of its value every other time: any wait
    for one bit ends.
    """

    def __init__(self, machine: Machine, hz: int) -> None:
        super().__init__(machine, hz)
        self.registers: dict[int, int] = {}
        self._polled = -1
        self._polls = 0

    def read(self, offset: int) -> int:
        value = self.registers.get(offset, 0)
        if offset != self._polled:
            self._polled, self._polls = offset, 0
        self._polls += 1
        return value ^ 0xFFFF_FFFF if self._polls > _PATIENCE_READS and self._polls % 2 else value

    def write(self, offset: int, value: int) -> None:
        self._polled = -1
        self.registers[offset] = value

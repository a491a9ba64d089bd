"""DWT: the cycle counter of Armv7-M and later (DDI 0403, section C1.8)."""

from edgeopt.simulate.peripherals import PERIPHERALS
from edgeopt.simulate.peripherals.register_bank import RegisterBank

_CTRL, _CYCCNT = 0x0, 0x4
_ENABLED = 1
_COMPARATORS = 4 << 28  # what a Cortex-M4 reports


@PERIPHERALS.register("dwt")
class Dwt(RegisterBank):
    """Counts while CYCCNTENA is set and the core does not sleep, when its clock stands still.

    DEMCR.TRCENA is taken to be set, as it is while a debugger is attached.
    """

    size_bytes = 0x1000
    _count = 0
    _since = 0

    def read(self, offset: int) -> int:
        if offset == _CTRL:
            return self.registers.get(_CTRL, 0) & 0x0FFF_FFFF | _COMPARATORS
        return self._now() if offset == _CYCCNT else super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset in (_CTRL, _CYCCNT):
            self._count = value if offset == _CYCCNT else self._now()
            self._since = self._cycles()
        super().write(offset, value)

    def _now(self) -> int:
        if not self.registers.get(_CTRL, 0) & _ENABLED:
            return self._count
        return self._count + self._cycles() - self._since & 0xFFFF_FFFF

    def _cycles(self) -> int:
        return self.machine.ticks(self.hz) - self.machine.asleep()

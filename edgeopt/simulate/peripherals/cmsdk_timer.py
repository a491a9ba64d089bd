"""Timer of Arm's Cortex-M System Design Kit: a 32-bit down-counter with reload."""

from edgeopt.simulate.peripherals import PERIPHERALS
from edgeopt.simulate.peripherals.register_bank import RegisterBank

_CTRL, _VALUE, _RELOAD, _INTERRUPT = 0x0, 0x4, 0x8, 0xC


@PERIPHERALS.register("cmsdk_timer")
class CmsdkTimer(RegisterBank):
    """Counts down while enabled; from 0 it goes to the reload value. Its interrupt flag says that it has."""

    size_bytes = 0x1000
    _count = 0
    _since = 0
    _told = 0

    def read(self, offset: int) -> int:
        if offset == _VALUE:
            return self._now()
        if offset == _INTERRUPT:
            return int(self._wraps() > self._told)
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == _INTERRUPT:
            self._told = self._wraps()
            return
        self._count = value if offset == _VALUE else self._now()
        self._since, self._told = self.machine.ticks(self.hz), 0
        super().write(offset, value)

    def _elapsed(self) -> int:
        return self.machine.ticks(self.hz) - self._since if self.registers.get(_CTRL, 0) & 1 else 0

    def _wraps(self) -> int:
        beyond = self._elapsed() - self._count - 1
        return 0 if beyond < 0 else 1 + beyond // (self.registers.get(_RELOAD, 0) + 1)

    def _now(self) -> int:
        below = self._count - self._elapsed()
        return below if below >= 0 else below % (self.registers.get(_RELOAD, 0) + 1)

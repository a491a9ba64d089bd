"""TIMER of Nordic's nRF51 and nRF52 as an up-counter that is captured (nRF51 reference manual, section 18)."""

from edgeopt.simulate.peripherals import PERIPHERALS
from edgeopt.simulate.peripherals.register_bank import RegisterBank

_START, _STOP, _CLEAR, _CAPTURE = 0x000, 0x004, 0x00C, 0x040
_MODE, _BITMODE, _PRESCALER, _CC = 0x504, 0x508, 0x510, 0x540
_CHANNELS = 4
_BITS = {0: 16, 1: 8, 2: 24, 3: 32}
_MOST_PRESCALER = 9


@PERIPHERALS.register("nrf_timer")
class NrfTimer(RegisterBank):
    """Counts its clock divided by 2^PRESCALER while it is started, in timer mode; of the events it has none."""

    size_bytes = 0x1000
    _count = 0
    _since: int | None = None  # when it was started; None: stopped

    def read(self, offset: int) -> int:
        if offset < _MODE:
            return 0
        return self.registers.get(offset, 0) if _CC <= offset < _CC + 4 * _CHANNELS else super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset >= _MODE:
            self._count, self._since = self._now(), None if self._since is None else self.machine.ticks(self.hz)
            super().write(offset, value)
            return
        if not value:
            return
        if offset in (_START, _STOP, _CLEAR):
            self._count = 0 if offset == _CLEAR else self._now()
            runs = offset == _START or (offset == _CLEAR and self._since is not None)
            self._since = self.machine.ticks(self.hz) if runs else None
        elif _CAPTURE <= offset < _CAPTURE + 4 * _CHANNELS:
            self.registers[_CC + offset - _CAPTURE] = self._now()

    def _now(self) -> int:
        if self._since is None or self.registers.get(_MODE, 0):
            return self._count
        ticks = self.machine.ticks(self.hz) - self._since >> min(self.registers.get(_PRESCALER, 4), _MOST_PRESCALER)
        return (self._count + ticks) % (1 << _BITS[self.registers.get(_BITMODE, 0) & 3])

"""The microsecond timer of the RP2040: a 64-bit up-counter since reset."""

from edgeopt.simulate.peripherals import PERIPHERALS
from edgeopt.simulate.peripherals.register_bank import RegisterBank

_TIMEHR, _TIMELR, _TIMERAWH, _TIMERAWL = 0x08, 0x0C, 0x24, 0x28


@PERIPHERALS.register("rp2040_timer")
class Rp2040Timer(RegisterBank):
    """TIMELR latches the upper half for TIMEHR; the raw registers do not."""

    size_bytes = 0x1000
    _latched = 0

    def read(self, offset: int) -> int:
        now = self.machine.ticks(self.hz)
        if offset == _TIMELR:
            self._latched = now >> 32
        if offset in (_TIMELR, _TIMERAWL):
            return now & 0xFFFF_FFFF
        if offset == _TIMEHR:
            return self._latched
        return now >> 32 if offset == _TIMERAWH else super().read(offset)

"""POWER and CLOCK of Nordic's nRF51 and nRF52, which share their addresses, and the flash controller's ready flag."""

from edgeopt.simulate.peripherals import PERIPHERALS, Cause, Peripheral
from edgeopt.simulate.peripherals.register_bank import RegisterBank

_HFCLKSTART, _HFCLKSTARTED, _HFCLKSTAT, _RESETREAS = 0x000, 0x100, 0x40C, 0x400
_CRYSTAL_RUNS = 1 << 16 | 1
_FLAGS: dict[Cause, int] = {"power": 0, "pin": 1 << 0, "watchdog": 1 << 1, "software": 1 << 2}  # of RESETREAS


@PERIPHERALS.register("nrf_clock")
class NrfClock(RegisterBank):
    """The crystal runs as soon as it is started. Flags of the last reset are cleared by writing 1 to them."""

    size_bytes = 0x1000

    def after_reset(self, cause: Cause) -> Peripheral:
        fresh = type(self)(self.machine, self.hz)
        flags = 0 if cause == "power" else self.registers.get(_RESETREAS, 0) | _FLAGS[cause]  # they add up
        fresh.registers[_RESETREAS] = flags
        return fresh

    def read(self, offset: int) -> int:
        if offset in (_HFCLKSTARTED, _HFCLKSTAT, _RESETREAS):
            return self.registers.get(offset, 0)
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == _RESETREAS:
            value = self.registers.get(_RESETREAS, 0) & ~value
        super().write(offset, value)
        if offset == _HFCLKSTART and value:
            self.registers[_HFCLKSTARTED], self.registers[_HFCLKSTAT] = 1, _CRYSTAL_RUNS


# What a chip, by how its name begins, has where.
NRF_BLOCKS: dict[str, tuple[tuple[str, int], ...]] = {
    "nRF51": (("nrf_clock", 0x4000_0000),),
    "nRF52": (("nrf_clock", 0x4000_0000),),
}

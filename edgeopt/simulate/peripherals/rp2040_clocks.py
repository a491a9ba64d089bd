"""Resets, crystal, PLL and clock switches of the RP2040 (datasheet, sections 2.14 to 2.18)."""

from edgeopt.simulate.peripherals import PERIPHERALS, Cause, Peripheral
from edgeopt.simulate.peripherals.register_bank import RegisterBank

_ALIAS_BYTES = 0x1000  # the register itself, then what toggles, sets and clears bits of it
_CRYSTAL_ON, _READY = 0xFAB, 1 << 31
_CLK_REF, _CLK_SYS = 0x30, 0x3C
_SELECTED_BEHIND = 8  # bytes from a clock's CTRL to its SELECTED


class AtomicBank(RegisterBank):
    """A block with the three aliases of section 2.1.2 behind it.

    The program's own reset (SYSRESETREQ) is of the core alone: all blocks stay as they are.
    """

    size_bytes = 4 * _ALIAS_BYTES

    def read(self, offset: int) -> int:
        return self.value(offset % _ALIAS_BYTES)

    def after_reset(self, cause: Cause) -> Peripheral:
        return self if cause == "software" else super().after_reset(cause)

    def value(self, offset: int) -> int:
        """What is read at `offset`, by whichever alias."""
        return self.registers.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        alias, register = divmod(offset, _ALIAS_BYTES)
        before = self.registers.get(register, 0)
        super().write(register, (value, before ^ value, before | value, before & ~value)[alias])


@PERIPHERALS.register("rp2040_resets")
class Rp2040Resets(AtomicBank):
    """All blocks are held in reset at first; one that is let go is ready at once."""

    _RESET, _DONE, _ALL = 0x0, 0x8, 0x01FF_FFFF

    def value(self, offset: int) -> int:
        held = self.registers.get(self._RESET, self._ALL)
        if offset == self._DONE:
            return ~held & self._ALL
        return held if offset == self._RESET else super().value(offset)

    def write(self, offset: int, value: int) -> None:
        self.registers.setdefault(self._RESET, self._ALL)
        super().write(offset, value)


@PERIPHERALS.register("rp2040_clocks")
class Rp2040Clocks(AtomicBank):
    """A clock runs from the source that was asked for; SELECTED says so with one bit."""

    def value(self, offset: int) -> int:
        source = offset - _SELECTED_BEHIND
        if source in (_CLK_REF, _CLK_SYS):
            return 1 << (self.registers.get(source, 0) & (3 if source == _CLK_REF else 1))
        return super().value(offset)


@PERIPHERALS.register("rp2040_xosc")
class Rp2040Xosc(AtomicBank):
    """The crystal is stable as soon as it is on, and goes on when the watchdog resets the rest."""

    _CTRL, _STATUS = 0x0, 0x4

    def after_reset(self, cause: Cause) -> Peripheral:
        return self if cause == "watchdog" else super().after_reset(cause)

    def value(self, offset: int) -> int:
        on = self.registers.get(self._CTRL, 0) >> 12 & 0xFFF == _CRYSTAL_ON
        return (_READY if on else 0) if offset == self._STATUS else super().value(offset)


@PERIPHERALS.register("rp2040_pll")
class Rp2040Pll(AtomicBank):
    """Locked where its oscillator and itself have power and its factor lies in 16..320; all is off after reset."""

    _CS, _PWR, _FBDIV = 0x0, 0x4, 0x8
    _OFF = 0x2D  # PWR after reset: PD, DSMPD, POSTDIVPD, VCOPD
    _POWER_DOWN = 0x21  # PD, VCOPD

    def value(self, offset: int) -> int:
        if offset == self._PWR:
            return self.registers.get(self._PWR, self._OFF)
        value = super().value(offset)
        runs = not self.value(self._PWR) & self._POWER_DOWN and 16 <= self.registers.get(self._FBDIV, 0) <= 320
        return value & ~_READY | (_READY if runs else 0) if offset == self._CS else value

    def write(self, offset: int, value: int) -> None:
        self.registers.setdefault(self._PWR, self._OFF)
        super().write(offset, value)


# What a chip, by how its name begins, has where.
RP2040_BLOCKS: dict[str, tuple[tuple[str, int], ...]] = {
    "RP2040": (
        ("rp2040_clocks", 0x4000_8000),
        ("rp2040_resets", 0x4000_C000),
        ("rp2040_xosc", 0x4002_4000),
        ("rp2040_pll", 0x4002_8000),
        ("rp2040_chip_reset", 0x4006_4000),
    ),
}

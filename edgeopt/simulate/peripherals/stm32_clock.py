"""What the clock blocks of STM32s (RCC, PWR, FLASH) share: registers whose flags answer what was asked for.

A flag that nobody asked for never comes, however long a program waits: so a wrong clock tree shows, as it does on the
chip. The families' files say where which flag lies and what it needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from edgeopt.simulate.peripherals import Cause, Machine, Peripheral

Need = tuple[int, int, int]
"""A register's offset, a mask, and the value that it must have under the mask."""

Needs = tuple[Need, ...]
"""All of them must hold. What is read counts, so flags may be needed."""


@dataclass(frozen=True)
class Flag:
    """`bit` of `register` is set exactly while all needs of one of `ways` hold."""

    register: int
    bit: int
    ways: tuple[Needs, ...]


@dataclass(frozen=True)
class Switch:
    """The choice of the system clock: what is asked for under `mask` is answered `shift` bits left of it.

    sources: by what is asked for, what that needs to be there; a source that is not there is not switched to.
    """

    register: int
    mask: int
    shift: int
    sources: Mapping[int, Needs]


@dataclass(frozen=True)
class ResetFlags:
    """Why the chip was reset: bits of `register` by cause; a 1 written to `remove` clears them."""

    register: int
    remove: int
    bits: Mapping[Cause, int]

    @property
    def mask(self) -> int:
        mask = 0
        for bits in self.bits.values():
            mask |= bits
        return mask


@dataclass(frozen=True)
class Layout:
    """A block: what its registers hold after reset (0 where nothing is said), and its flags."""

    after_reset: Mapping[int, int] = field(default_factory=dict)
    flags: tuple[Flag, ...] = ()
    switch: Switch | None = None
    reset_flags: ResetFlags | None = None


def is_set(register: int, bit: int) -> Need:
    return register, 1 << bit, 1 << bit


def oscillator(register: int, on: int, ready: int) -> Flag:
    """A clock source: ready while it is on."""
    return Flag(register, ready, ((is_set(register, on),),))


def pll(register: int, on: int, ready: int, selector: tuple[int, int], sources: Mapping[int, int]) -> Flag:
    """A PLL: it locks while it is on and its source is ready.

    selector: register and mask of the field that names the source; sources: by its value, the bit of `register` that
    says that the source is ready.
    """
    at, mask = selector
    return Flag(
        register,
        ready,
        tuple((is_set(register, on), (at, mask, value), is_set(register, bit)) for value, bit in sources.items()),
    )


class ClockBlock(Peripheral):
    """A block as `layout` says."""

    layout: ClassVar[Layout] = Layout()

    def __init__(self, machine: Machine, hz: int) -> None:
        super().__init__(machine, hz)
        self._causes = 0
        self.reset("power")

    def reset(self, cause: Cause) -> None:
        """As after a reset of that cause; the flags that tell of earlier ones stay until the program removes them."""
        self.registers = dict(self.layout.after_reset)
        self._in_use = 0
        if self.layout.reset_flags is not None:
            self._causes |= self.layout.reset_flags.bits.get(cause, 0)
            if cause != "power":
                self._causes |= self.layout.reset_flags.bits["pin"]  # pulled by every reset from within
        self._follow()

    def after_reset(self, cause: Cause) -> Peripheral:
        self.reset(cause)
        return self

    def read(self, offset: int) -> int:
        return self._value(offset, 0xFFFF_FFFF)

    def write(self, offset: int, value: int) -> None:
        reset_flags = self.layout.reset_flags
        if reset_flags is not None and reset_flags.register == offset and value & reset_flags.remove:
            self._causes = 0
        self.registers[offset] = value
        self._follow()

    def _value(self, offset: int, mask: int) -> int:
        """The bits of `mask` of a register. Flags that are not asked for are not looked at: one may need another."""
        value = self.registers.get(offset, 0)
        for flag in self.layout.flags:
            if flag.register == offset and mask >> flag.bit & 1:
                value = value & ~(1 << flag.bit) | any(map(self._hold, flag.ways)) << flag.bit
        switch, reset_flags = self.layout.switch, self.layout.reset_flags
        if switch is not None and switch.register == offset:
            value = value & ~(switch.mask << switch.shift) | self._in_use << switch.shift
        if reset_flags is not None and reset_flags.register == offset:
            value = value & ~reset_flags.mask | self._causes
        return value & mask

    def _hold(self, needs: Needs) -> bool:
        return all(self._value(register, mask) == value for register, mask, value in needs)

    def _follow(self) -> None:
        switch = self.layout.switch
        if switch is None:
            return
        asked = self.registers.get(switch.register, 0) & switch.mask
        if asked in switch.sources and self._hold(switch.sources[asked]):
            self._in_use = asked


CLOCK_BLOCKS: dict[str, tuple[tuple[str, int], ...]] = {
    "STM32F4": (("stm32f4_rcc", 0x4002_3800), ("stm32f4_pwr", 0x4000_7000), ("stm32f4_flash", 0x4002_3C00)),
    "STM32F7": (("stm32f4_rcc", 0x4002_3800), ("stm32f4_pwr", 0x4000_7000), ("stm32f4_flash", 0x4002_3C00)),
    "STM32L4": (("stm32l4_rcc", 0x4002_1000), ("stm32l4_pwr", 0x4000_7000), ("stm32l4_flash", 0x4002_2000)),
    "STM32G0": (("stm32g0_rcc", 0x4002_1000), ("stm32g0_pwr", 0x4000_7000), ("stm32g0_flash", 0x4002_2000)),
    "STM32H74": (("stm32h7_rcc", 0x5802_4400), ("stm32h7_pwr", 0x5802_4800), ("stm32h7_flash", 0x5200_2000)),
    "STM32H75": (("stm32h7_rcc", 0x5802_4400), ("stm32h7_pwr", 0x5802_4800), ("stm32h7_flash", 0x5200_2000)),
    "STM32U575": (
        ("stm32u5_rcc", 0x4602_0C00),
        ("stm32u5_pwr", 0x4602_0800),
        ("stm32u5_flash", 0x4002_2000),
        ("stm32_icache", 0x4003_0400),
    ),
    "STM32U585": (
        ("stm32u5_rcc", 0x4602_0C00),
        ("stm32u5_pwr", 0x4602_0800),
        ("stm32u5_flash", 0x4002_2000),
        ("stm32_icache", 0x4003_0400),
    ),
}
"""By how the chip's name begins: the kind of each block, and where it lies."""

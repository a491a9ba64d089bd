"""RCC and PWR of STM32s: clocks are ready as soon as they are switched on, and the one asked for is in use.

The families differ in where a ready flag lies. A flag is given as (register, bit that asks, register, bit that
answers); the switch of the system clock as (register, mask that asks, how far left of it the answer lies).
"""

from dataclasses import dataclass

from edgeopt.simulate.peripherals import PERIPHERALS
from edgeopt.simulate.peripherals.register_bank import RegisterBank

_CR = 0x00
_PLL = (_CR, 24, _CR, 25)
_HSE = (_CR, 16, _CR, 17)


@dataclass(frozen=True)
class Flags:
    """Answers of one register block."""

    pairs: tuple[tuple[int, int, int, int], ...]
    switch: tuple[int, int, int] | None = None


class ReadyFlags(RegisterBank):
    """A register bank that answers as `flags` says."""

    flags = Flags(())

    def read(self, offset: int) -> int:
        flags = self.flags
        answers = [pair for pair in flags.pairs if pair[2] == offset]
        if not answers and not (flags.switch and flags.switch[0] == offset):
            return super().read(offset)
        value = self.registers.get(offset, 0)
        for asks_at, asks, _, answer in answers:
            on = self.registers.get(asks_at, 0) >> asks & 1
            value = value & ~(1 << answer) | on << answer
        if flags.switch and flags.switch[0] == offset:
            _, mask, shift = flags.switch
            value = value & ~(mask << shift) | (value & mask) << shift
        return value


@PERIPHERALS.register("stm32l4_rcc")
class Stm32L4Rcc(ReadyFlags):
    """RM0432: MSI, HSI, HSE, PLL, two PLLs more; LSE in BDCR, LSI in CSR."""

    flags = Flags(
        (
            *((_CR, 0, _CR, 1), (_CR, 8, _CR, 10), _HSE, _PLL, (_CR, 26, _CR, 27), (_CR, 28, _CR, 29)),
            *((0x90, 0, 0x90, 1), (0x94, 0, 0x94, 1)),
        ),
        switch=(0x08, 3, 2),
    )


@PERIPHERALS.register("stm32g0_rcc")
class Stm32G0Rcc(ReadyFlags):
    """RM0444: HSI, HSE, PLL; LSE in BDCR, LSI in CSR."""

    flags = Flags(((_CR, 8, _CR, 10), _HSE, _PLL, (0x5C, 0, 0x5C, 1), (0x60, 0, 0x60, 1)), switch=(0x08, 7, 3))


@PERIPHERALS.register("stm32f4_rcc")
class Stm32F4Rcc(ReadyFlags):
    """RM0390: HSI, HSE, PLL, two PLLs more; LSE in BDCR, LSI in CSR."""

    flags = Flags(
        ((_CR, 0, _CR, 1), _HSE, _PLL, (_CR, 26, _CR, 27), (_CR, 28, _CR, 29), (0x70, 0, 0x70, 1), (0x74, 0, 0x74, 1)),
        switch=(0x08, 3, 2),
    )


@PERIPHERALS.register("stm32f4_pwr")
class Stm32F4Pwr(ReadyFlags):
    """RM0390: over-drive, its switch, and the regulator's scale, answered in CSR."""

    flags = Flags(((0x00, 16, 0x04, 16), (0x00, 17, 0x04, 17), (0x00, 14, 0x04, 14)))


# What a chip, by how its name begins, has where.
CLOCK_BLOCKS: dict[str, tuple[tuple[str, int], ...]] = {
    "STM32L4": (("stm32l4_rcc", 0x4002_1000),),
    "STM32G0": (("stm32g0_rcc", 0x4002_1000),),
    "STM32F4": (("stm32f4_rcc", 0x4002_3800), ("stm32f4_pwr", 0x4000_7000)),
}

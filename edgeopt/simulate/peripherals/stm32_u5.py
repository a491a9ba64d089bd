"""RCC, PWR, FLASH and ICACHE of STM32U575 and U585 (RM0456)."""

from edgeopt.simulate.peripherals import PERIPHERALS
from edgeopt.simulate.peripherals.stm32_clock import (
    ClockBlock,
    Flag,
    Layout,
    ResetFlags,
    Switch,
    is_set,
    oscillator,
    pll,
)

_CR, _CFGR1, _PLL1CFGR, _BDCR, _CSR = 0x00, 0x1C, 0x28, 0xF0, 0xF4
_MSI, _HSI, _HSE, _PLL1 = 2, 10, 17, 25  # their ready bits
_SOURCES = {1: _MSI, 2: _HSI, 3: _HSE}
_CR3, _VOSR, _SVMSR = 0x08, 0x0C, 0x3C


@PERIPHERALS.register("stm32u5_rcc")
class Stm32U5Rcc(ClockBlock):
    """MSIS, MSIK, HSI, HSI48, SHSI, HSE, three PLLs with a source each; LSE and LSI in BDCR."""

    layout = Layout(
        {
            _CR: 0x35,
            0x34: 0x0101_0280,
            0x3C: 0x0101_0280,
            0x44: 0x0101_0280,
            0x88: 0xD020_0100,
            0x8C: 0xC000_0000,
            0x90: 0x8000_0000,
            0x94: 0x8000_0000,
        },
        (
            oscillator(_CR, 0, _MSI),
            oscillator(_CR, 4, 5),
            oscillator(_CR, 8, _HSI),
            oscillator(_CR, 12, 13),
            oscillator(_CR, 14, 15),
            oscillator(_CR, 16, _HSE),
            *(pll(_CR, 24 + 2 * i, 25 + 2 * i, (_PLL1CFGR + 4 * i, 3), _SOURCES) for i in range(3)),
            oscillator(_BDCR, 0, 1),
            oscillator(_BDCR, 7, 11),
            oscillator(_BDCR, 26, 27),
        ),
        Switch(
            _CFGR1,
            mask=3,
            shift=2,
            sources={
                0: (is_set(_CR, _MSI),),
                1: (is_set(_CR, _HSI),),
                2: (is_set(_CR, _HSE),),
                3: (is_set(_CR, _PLL1), is_set(_PLL1CFGR, 18)),
            },
        ),
        ResetFlags(_CSR, 1 << 23, {"power": 3 << 26, "pin": 1 << 26, "software": 1 << 28, "watchdog": 1 << 29}),
    )


@PERIPHERALS.register("stm32u5_pwr")
class Stm32U5Pwr(ClockBlock):
    """Range 4 and the LDO after reset. The booster works in ranges 1 and 2 alone; the program asks for it."""

    layout = Layout(
        flags=(
            Flag(_VOSR, 15, ((),)),
            Flag(_VOSR, 14, tuple(((_VOSR, 1 << 18 | 3 << 16, 1 << 18 | vos << 16),) for vos in (2, 3))),
            Flag(_SVMSR, 1, ((is_set(_CR3, 1),),)),
        ),
    )


@PERIPHERALS.register("stm32u5_flash")
class Stm32U5Flash(ClockBlock):
    """One wait state after reset."""

    layout = Layout({0x00: 1})


@PERIPHERALS.register("stm32_icache")
class Stm32Icache(ClockBlock):
    """Two ways, off and empty after reset; BSYENDF of SR tells that it was emptied because the program asked."""

    layout = Layout({0x00: 4}, (Flag(0x04, 1, ((is_set(0x00, 1),),)),))

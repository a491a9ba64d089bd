"""RCC, PWR and FLASH of STM32F4 and F7 (RM0390, RM0385), which are alike but for their flash."""

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

_CR, _PLLCFGR, _CFGR, _BDCR, _CSR = 0x00, 0x04, 0x08, 0x70, 0x74
_SOURCE = (_PLLCFGR, 1 << 22)
_SOURCES = {0: 1, 1 << 22: 17}  # HSI, HSE


@PERIPHERALS.register("stm32f4_rcc")
class Stm32F4Rcc(ClockBlock):
    """HSI, HSE, the PLL, PLLI2S and PLLSAI; LSE in BDCR, LSI in CSR."""

    layout = Layout(
        {_CR: 0x83, _PLLCFGR: 0x2400_3010},
        (
            oscillator(_CR, 0, 1),
            oscillator(_CR, 16, 17),
            *(pll(_CR, on, on + 1, _SOURCE, _SOURCES) for on in (24, 26, 28)),
            oscillator(_BDCR, 0, 1),
            oscillator(_CSR, 0, 1),
        ),
        Switch(_CFGR, mask=3, shift=2, sources={0: (is_set(_CR, 1),), 1: (is_set(_CR, 17),), 2: (is_set(_CR, 25),)}),
        ResetFlags(_CSR, 1 << 24, {"power": 7 << 25, "pin": 1 << 26, "software": 1 << 28, "watchdog": 1 << 29}),
    )


@PERIPHERALS.register("stm32f4_pwr")
class Stm32F4Pwr(ClockBlock):
    """CR, and its answers in CSR: the regulator's scale, over-drive, and the switch to it, which needs it."""

    layout = Layout(
        {0x00: 0xC000},
        (
            Flag(0x04, 14, (((0x00, 0, 0),),)),
            Flag(0x04, 16, ((is_set(0x00, 16),),)),
            Flag(0x04, 17, ((is_set(0x00, 16), is_set(0x00, 17)),)),
        ),
    )


@PERIPHERALS.register("stm32f4_flash")
class Stm32F4Flash(ClockBlock):
    """ACR reads back what was written: no wait states, no caches after reset."""

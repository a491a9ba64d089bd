"""RCC, PWR and FLASH of STM32L4 and L4+ (RM0432)."""

from edgeopt.simulate.peripherals import PERIPHERALS
from edgeopt.simulate.peripherals.stm32_clock import ClockBlock, Layout, ResetFlags, Switch, is_set, oscillator, pll

_CR, _CFGR, _PLLCFGR, _BDCR, _CSR, _CRRCR = 0x00, 0x08, 0x0C, 0x90, 0x94, 0x98
_MSI, _HSI, _HSE, _PLL = 1, 10, 17, 25  # their ready bits
_SOURCES = {1: _MSI, 2: _HSI, 3: _HSE}


@PERIPHERALS.register("stm32l4_rcc")
class Stm32L4Rcc(ClockBlock):
    """MSI, HSI, HSE, the PLL, PLLSAI1 and 2; LSE in BDCR, LSI in CSR, HSI48 in CRRCR."""

    layout = Layout(
        {_CR: 0x63, _PLLCFGR: 0x1000},
        (
            oscillator(_CR, 0, _MSI),
            oscillator(_CR, 8, _HSI),
            oscillator(_CR, 16, _HSE),
            *(pll(_CR, on, on + 1, (_PLLCFGR, 3), _SOURCES) for on in (24, 26, 28)),
            oscillator(_BDCR, 0, 1),
            oscillator(_CSR, 0, 1),
            oscillator(_CRRCR, 0, 1),
        ),
        Switch(
            _CFGR,
            mask=3,
            shift=2,
            sources={
                0: (is_set(_CR, _MSI),),
                1: (is_set(_CR, _HSI),),
                2: (is_set(_CR, _HSE),),
                3: (is_set(_CR, _PLL), is_set(_PLLCFGR, 24)),
            },
        ),
        ResetFlags(_CSR, 1 << 23, {"power": 3 << 26, "pin": 1 << 26, "software": 1 << 28, "watchdog": 1 << 29}),
    )


@PERIPHERALS.register("stm32l4_pwr")
class Stm32L4Pwr(ClockBlock):
    """Range 1 without boost after reset. VOSF and REGLPF of SR2 say that the regulator is where it is to be: 0."""

    layout = Layout({0x00: 0x200, 0x80: 0x100})


@PERIPHERALS.register("stm32l4_flash")
class Stm32L4Flash(ClockBlock):
    """Caches on, no wait states after reset."""

    layout = Layout({0x00: 0x600})

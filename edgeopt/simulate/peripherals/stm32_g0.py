"""RCC, PWR and FLASH of STM32G0 (RM0444)."""

from edgeopt.simulate.peripherals import PERIPHERALS
from edgeopt.simulate.peripherals.stm32_clock import ClockBlock, Layout, ResetFlags, Switch, is_set, oscillator, pll

_CR, _CFGR, _PLLCFGR, _BDCR, _CSR = 0x00, 0x08, 0x0C, 0x5C, 0x60
_HSI, _HSE, _PLL = 10, 17, 25  # their ready bits


@PERIPHERALS.register("stm32g0_rcc")
class Stm32G0Rcc(ClockBlock):
    """HSI, HSE, the PLL; LSE in BDCR, LSI in CSR."""

    layout = Layout(
        {_CR: 0x500, _PLLCFGR: 0x1000},
        (
            oscillator(_CR, 8, _HSI),
            oscillator(_CR, 16, _HSE),
            pll(_CR, 24, _PLL, (_PLLCFGR, 3), {2: _HSI, 3: _HSE}),
            oscillator(_BDCR, 0, 1),
            oscillator(_CSR, 0, 1),
        ),
        Switch(
            _CFGR,
            mask=7,
            shift=3,
            sources={
                0: (is_set(_CR, _HSI),),
                1: (is_set(_CR, _HSE),),
                2: (is_set(_CR, _PLL), is_set(_PLLCFGR, 28)),
                3: (is_set(_CSR, 1),),
                4: (is_set(_BDCR, 1),),
            },
        ),
        ResetFlags(_CSR, 1 << 23, {"power": 3 << 26, "pin": 1 << 26, "software": 1 << 28, "watchdog": 1 << 29}),
    )


@PERIPHERALS.register("stm32g0_pwr")
class Stm32G0Pwr(ClockBlock):
    """Range 1 after reset; VOSF of SR2 says that the regulator is where it is to be: 0."""

    layout = Layout({0x00: 0x208})


@PERIPHERALS.register("stm32g0_flash")
class Stm32G0Flash(ClockBlock):
    """Cache on, no wait states after reset."""

    layout = Layout({0x00: 0x4_0600})

"""RCC, PWR and FLASH of STM32H742, H743, H750 and H753 (RM0433)."""

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

_CR, _CFGR, _PLLCKSELR, _PLLCFGR, _BDCR, _CSR, _RSR = 0x00, 0x10, 0x28, 0x2C, 0x70, 0x74, 0xD0
_HSI, _CSI, _HSE, _PLL1 = 2, 8, 17, 25  # their ready bits
_CSR1, _CR3, _D3CR = 0x04, 0x0C, 0x18
_SUPPLIED = (((_CR3, 7, 2),), ((_CR3, 7, 1),))  # the LDO or an outer supply was chosen


@PERIPHERALS.register("stm32h7_rcc")
class Stm32H7Rcc(ClockBlock):
    """HSI, CSI, HSI48, HSE, three PLLs, the domains' clocks; LSE in BDCR, LSI in CSR."""

    layout = Layout(
        {_CR: 0x25, _PLLCKSELR: 0x0202_0200, _PLLCFGR: 0x01FF_0000, 0x30: 0x0101_0280},
        (
            oscillator(_CR, 0, _HSI),
            oscillator(_CR, 7, _CSI),
            oscillator(_CR, 12, 13),
            oscillator(_CR, 16, _HSE),
            *(Flag(_CR, bit, ((),)) for bit in (14, 15)),
            *(pll(_CR, on, on + 1, (_PLLCKSELR, 3), {0: _HSI, 1: _CSI, 2: _HSE}) for on in (24, 26, 28)),
            oscillator(_BDCR, 0, 1),
            oscillator(_CSR, 0, 1),
        ),
        Switch(
            _CFGR,
            mask=7,
            shift=3,
            sources={
                0: (is_set(_CR, _HSI),),
                1: (is_set(_CR, _CSI),),
                2: (is_set(_CR, _HSE),),
                3: (is_set(_CR, _PLL1), is_set(_PLLCFGR, 16)),
            },
        ),
        ResetFlags(_RSR, 1 << 16, {"power": 0xE8_0000, "pin": 1 << 22, "software": 1 << 24, "watchdog": 1 << 26}),
    )


@PERIPHERALS.register("stm32h7_pwr")
class Stm32H7Pwr(ClockBlock):
    """The core's voltage is ready (ACTVOSRDY, and VOSRDY of D3CR) once the program has said what supplies it."""

    layout = Layout(
        {0x00: 0xF000_C000, _CR3: 0x06, _D3CR: 0x4000},
        (Flag(_CSR1, 13, _SUPPLIED), Flag(_D3CR, 13, _SUPPLIED)),
    )


@PERIPHERALS.register("stm32h7_flash")
class Stm32H7Flash(ClockBlock):
    """Seven wait states after reset."""

    layout = Layout({0x00: 0x37})

/* mcu_stm32h743.c -- STM32H743: 400 MHz in VOS1 from HSI, buses at 200 and 100 MHz, caches on, USART3 on PD8 and PD9
 * (RM0433). */
#include "cache_m7.h"
#include "eo_board.h"
#include "eo_platform.h"
#include "eo_stm32.h"

#if EO_CLOCK_HZ != 400000000u ||                                                                                       \
    (EO_CONSOLE_BASE != 0 && (EO_CONSOLE_BASE != 0x40004800u || EO_CONSOLE_TX_PIN != 56 || EO_CONSOLE_RX_PIN != 57))
#error "mcu_stm32h743.c is for 400 MHz and USART3 on PD8 and PD9: correct the board's file, or write another mcu_*.c"
#endif

#define RCC 0x58024400u
#define RCC_CR EO_REGISTER(RCC, 0x00u)
#define RCC_CFGR EO_REGISTER(RCC, 0x10u)
#define RCC_D1CFGR EO_REGISTER(RCC, 0x18u)
#define RCC_D2CFGR EO_REGISTER(RCC, 0x1Cu)
#define RCC_D3CFGR EO_REGISTER(RCC, 0x20u)
#define RCC_PLLCKSELR EO_REGISTER(RCC, 0x28u)
#define RCC_PLLCFGR EO_REGISTER(RCC, 0x2Cu)
#define RCC_PLL1DIVR EO_REGISTER(RCC, 0x30u)
#define RCC_RSR EO_REGISTER(RCC, 0xD0u)
#define RCC_AHB4ENR EO_REGISTER(RCC, 0xE0u)
#define RCC_APB1LENR EO_REGISTER(RCC, 0xE8u)
#define PWR_CSR1 EO_REGISTER(0x58024800u, 0x04u)
#define PWR_CR3 EO_REGISTER(0x58024800u, 0x0Cu)
#define PWR_D3CR EO_REGISTER(0x58024800u, 0x18u)
#define FLASH_ACR EO_REGISTER(0x52002000u, 0x00u)
#define GPIOD 0x58020C00u

#define PLL1_ON (1u << 24)
#define PLL1_READY (1u << 25)
#define SUPPLY_LDO (1u << 1)
#define SUPPLY_MASK 7u
#define VOLTAGE_IN_USE_READY (1u << 13) /* CSR1 */
#define VOLTAGE_READY (1u << 13)        /* D3CR */
#define VOLTAGE_SCALE_1 (3u << 14)
#define SWITCH_PLL1 3u

enum { HSI_HZ = 64000000 /* after reset */, APB_DIVIDER = 4 };
enum { WAIT_STATES = 2 /* of the 200 MHz AXI: table 17 */, WRITE_DELAY = 2 << 4 };

/* USART3 runs from APB1, as after reset. */
static void console_pins(void) {
    stm32_enable(&RCC_AHB4ENR, 1u << 3);   /* GPIOD */
    stm32_enable(&RCC_APB1LENR, 1u << 18); /* USART3 */
    stm32_alternate(GPIOD, 8, 7);
    stm32_alternate(GPIOD, 9, 7);
}

/* 1: the core's supply is that of 400 MHz. CR3 takes one write after power-up; later ones change nothing. */
static int raise_voltage(void) {
    stm32_change(&PWR_CR3, SUPPLY_MASK, SUPPLY_LDO);
    if (!eo_wait(&PWR_CSR1, VOLTAGE_IN_USE_READY, VOLTAGE_IN_USE_READY)) {
        return 0;
    }
    PWR_D3CR |= VOLTAGE_SCALE_1;
    return eo_wait(&PWR_D3CR, VOLTAGE_READY, VOLTAGE_READY);
}

/* 1: the core runs from PLL1. */
static int start_pll(void) {
    if (!raise_voltage()) {
        return 0;
    }
    RCC_PLLCKSELR = 0u /* HSI */ | (10u << 4);                                      /* 6.4 MHz into PLL1 */
    RCC_PLLCFGR = (2u << 2) | (0u << 1) | (1u << 16);                               /* 4 to 8 MHz in, wide VCO, P out */
    RCC_PLL1DIVR = (125u - 1u) | ((2u - 1u) << 9) | ((8u - 1u) << 16) | (7u << 24); /* * 125 / 2 */
    RCC_CR |= PLL1_ON;
    if (!eo_wait(&RCC_CR, PLL1_READY, PLL1_READY)) {
        return 0;
    }
    RCC_D1CFGR = (0u << 8) | (4u << 4) | 8u; /* core whole; AXI and AHB a half of it; APB3 a half of that */
    RCC_D2CFGR = (4u << 4) | (4u << 8);      /* and APB1, APB2 */
    RCC_D3CFGR = 4u << 4;                    /* and APB4 */
    FLASH_ACR = WRITE_DELAY | WAIT_STATES;
    if (!eo_wait(&FLASH_ACR, 0x3Fu, WRITE_DELAY | WAIT_STATES)) {
        return 0;
    }
    stm32_change(&RCC_CFGR, 7u, SWITCH_PLL1);
    return eo_wait(&RCC_CFGR, 7u << 3, SWITCH_PLL1 << 3);
}

struct eo_clocks mcu_init(void) {
    cache_init();
    console_pins();
    if (start_pll()) {
        const struct eo_clocks fast = {EO_CLOCK_HZ, EO_CLOCK_HZ / APB_DIVIDER, 2u * (EO_CLOCK_HZ / APB_DIVIDER)};
        return fast;
    }
    RCC_CFGR &= ~7u;
    RCC_D1CFGR = 0;
    RCC_D2CFGR = 0;
    RCC_D3CFGR = 0;
    const struct eo_clocks slow = {HSI_HZ, HSI_HZ, HSI_HZ};
    return slow;
}

enum eo_reset_cause mcu_reset_cause(void) {
    /* IWDG1 and WWDG1; software; power-on and brown-out; pin */
    const struct stm32_reset_flags flags = {(1u << 26) | (1u << 28), 1u << 24, (1u << 23) | (1u << 21), 1u << 22,
                                            1u << 16};
    return stm32_reset_cause(&RCC_RSR, &flags);
}

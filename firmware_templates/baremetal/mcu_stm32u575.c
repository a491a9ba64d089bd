/* mcu_stm32u575.c -- STM32U575: 160 MHz in range 1 with the EPOD booster from HSI16, SMPS, instruction cache, USART1 on
 * PA9 and PA10 (RM0456). TrustZone off, as the chip is delivered. */
#include "eo_board.h"
#include "eo_platform.h"
#include "eo_stm32.h"

#if EO_CLOCK_HZ != 160000000u ||                                                                                       \
    (EO_CONSOLE_BASE != 0 && (EO_CONSOLE_BASE != 0x40013800u || EO_CONSOLE_TX_PIN != 9 || EO_CONSOLE_RX_PIN != 10))
#error "mcu_stm32u575.c is for 160 MHz and USART1 on PA9 and PA10: correct the board's file, or write another mcu_*.c"
#endif

#define RCC 0x46020C00u
#define RCC_CR EO_REGISTER(RCC, 0x00u)
#define RCC_CFGR1 EO_REGISTER(RCC, 0x1Cu)
#define RCC_CFGR2 EO_REGISTER(RCC, 0x20u)
#define RCC_PLL1CFGR EO_REGISTER(RCC, 0x28u)
#define RCC_PLL1DIVR EO_REGISTER(RCC, 0x34u)
#define RCC_AHB2ENR1 EO_REGISTER(RCC, 0x8Cu)
#define RCC_AHB3ENR EO_REGISTER(RCC, 0x94u)
#define RCC_APB2ENR EO_REGISTER(RCC, 0xA4u)
#define RCC_CCIPR1 EO_REGISTER(RCC, 0xE0u)
#define RCC_CSR EO_REGISTER(RCC, 0xF4u)
#define PWR_CR3 EO_REGISTER(0x46020800u, 0x08u)
#define PWR_VOSR EO_REGISTER(0x46020800u, 0x0Cu)
#define PWR_SVMSR EO_REGISTER(0x46020800u, 0x3Cu)
#define FLASH_ACR EO_REGISTER(0x40022000u, 0x00u)
#define ICACHE_CR EO_REGISTER(0x40030400u, 0x00u)
#define ICACHE_SR EO_REGISTER(0x40030400u, 0x04u)
#define GPIOA 0x42020000u

#define HSI_ON (1u << 8)
#define HSI_READY (1u << 10)
#define PLL1_ON (1u << 24)
#define PLL1_READY (1u << 25)
#define RANGE_1 (3u << 16)
#define RANGE_READY (1u << 15)
#define BOOSTER_ON (1u << 18)
#define BOOSTER_READY (1u << 14)
#define SMPS (1u << 1)        /* PWR_CR3 */
#define SMPS_IN_USE (1u << 1) /* PWR_SVMSR */
#define HPRE_HALF 8u

enum { HSI_HZ = 16000000, MSI_HZ = 4000000 /* after reset */, WAIT_STATES = 4 };

/* The USART runs from HSI16 whatever the core does, or with the core where HSI16 does not start. */
static void console_pins(int has_hsi) {
    stm32_enable(&RCC_AHB2ENR1, 1u << 0); /* GPIOA */
    stm32_enable(&RCC_APB2ENR, 1u << 14); /* USART1 */
    stm32_change(&RCC_CCIPR1, 3u, has_hsi ? 2u : 0u);
    stm32_alternate(GPIOA, 9, 7);
    stm32_alternate(GPIOA, 10, 7);
}

/* Empty after reset, which takes a moment. Without it the program runs too, but slower. */
static void start_instruction_cache(void) {
    if (eo_wait(&ICACHE_SR, 1u, 0)) {
        ICACHE_CR |= 1u; /* in two ways, as after reset */
    }
}

/* 1: the core's supply is that of 160 MHz. PLL1's source, from which the booster runs too, must be chosen before. */
static int raise_voltage(void) {
    PWR_CR3 |= SMPS;
    if (!eo_wait(&PWR_SVMSR, SMPS_IN_USE, SMPS_IN_USE)) {
        PWR_CR3 &= ~SMPS; /* a package without it: the LDO bears the same clock */
    }
    stm32_change(&PWR_VOSR, RANGE_1, RANGE_1);
    if (!eo_wait(&PWR_VOSR, RANGE_READY, RANGE_READY)) {
        return 0;
    }
    PWR_VOSR |= BOOSTER_ON;
    return eo_wait(&PWR_VOSR, BOOSTER_READY, BOOSTER_READY);
}

/* 1: the core runs from PLL1. */
static int start_pll(void) {
    stm32_enable(&RCC_AHB3ENR, 1u << 2); /* PWR */
    /* HSI16 whole into PLL1 (8 to 16 MHz), a half of it to the booster (4 to 16 MHz); output R. */
    RCC_PLL1CFGR = 2u | (3u << 2) | (0u << 8) | (1u << 12) | (1u << 18);
    RCC_PLL1DIVR = (20u - 1u) | (1u << 9) | (1u << 16) | ((2u - 1u) << 24); /* * 20 / 2 */
    if (!raise_voltage()) {
        return 0;
    }
    RCC_CR |= PLL1_ON;
    if (!eo_wait(&RCC_CR, PLL1_READY, PLL1_READY)) {
        return 0;
    }
    stm32_change(&FLASH_ACR, 0xFu, WAIT_STATES);
    if (!eo_wait(&FLASH_ACR, 0xFu, WAIT_STATES)) {
        return 0;
    }
    /* In two steps of at least a microsecond, so that the supply follows. */
    stm32_change(&RCC_CFGR2, 0xFu, HPRE_HALF);
    stm32_change(&RCC_CFGR1, 3u, 3u);
    const int switched = eo_wait(&RCC_CFGR1, 3u << 2, 3u << 2);
    for (volatile int turn = 0; switched && turn < 60; turn++) {
    }
    stm32_change(&RCC_CFGR2, 0xFu, 0);
    return switched;
}

struct eo_clocks mcu_init(void) {
    RCC_CR |= HSI_ON;
    const int has_hsi = eo_wait(&RCC_CR, HSI_READY, HSI_READY);
    console_pins(has_hsi);
    start_instruction_cache();
    const int fast = has_hsi && start_pll();
    if (!fast) {
        RCC_CFGR1 &= ~3u;
    }
    const uint32_t core_hz = fast ? EO_CLOCK_HZ : MSI_HZ;
    const struct eo_clocks clocks = {core_hz, has_hsi ? HSI_HZ : MSI_HZ, core_hz};
    return clocks;
}

enum eo_reset_cause mcu_reset_cause(void) {
    /* IWDG and WWDG; software; brown-out, which a power-on is too; pin */
    const struct stm32_reset_flags flags = {3u << 29, 1u << 28, 1u << 27, 1u << 26, 1u << 23};
    return stm32_reset_cause(&RCC_CSR, &flags);
}

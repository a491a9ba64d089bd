/* eo_stm32f4.h -- what the clock set-ups of STM32F4 and F7 share: RCC, PWR and flash as both have them (RM0090, RM0385,
 * RM0390), from HSI through the PLL to the core. */
#ifndef EO_STM32F4_H
#define EO_STM32F4_H

#include "eo_board.h"
#include "eo_platform.h"
#include "eo_stm32.h"

#define RCC 0x40023800u
#define RCC_CR EO_REGISTER(RCC, 0x00u)
#define RCC_PLLCFGR EO_REGISTER(RCC, 0x04u)
#define RCC_CFGR EO_REGISTER(RCC, 0x08u)
#define RCC_AHB1ENR EO_REGISTER(RCC, 0x30u)
#define RCC_APB1ENR EO_REGISTER(RCC, 0x40u)
#define RCC_APB2ENR EO_REGISTER(RCC, 0x44u)
#define RCC_CSR EO_REGISTER(RCC, 0x74u)
#define FLASH_ACR EO_REGISTER(0x40023C00u, 0x00u)
#define PWR_CR EO_REGISTER(0x40007000u, 0x00u)
#define GPIOA 0x40020000u
#define GPIOB 0x40020400u

#define PLL_ON (1u << 24)
#define PLL_READY (1u << 25)

enum { HSI_HZ = 16000000 /* after reset */, APB1_DIVIDER = 4, APB2_DIVIDER = 2 };

/* Starts the PLL; `scale`: of the regulator, in PWR_CR. */
static inline void stm32f4_start_pll(uint32_t scale, uint32_t pllcfgr) {
    stm32_enable(&RCC_APB1ENR, 1u << 28); /* PWR */
    PWR_CR |= scale << 14;
    RCC_PLLCFGR = pllcfgr;
    RCC_CR |= PLL_ON;
}

/* 1: the core runs from the PLL. `flash`: wait states and caches, in FLASH_ACR. */
static inline int stm32f4_switch_to_pll(uint32_t flash) {
    if (!eo_wait(&RCC_CR, PLL_READY, PLL_READY)) {
        return 0;
    }
    FLASH_ACR = flash;
    if (!eo_wait(&FLASH_ACR, 0xFu, flash & 0xFu)) {
        return 0;
    }
    RCC_CFGR = (5u << 10) | (4u << 13); /* APB1 a quarter, APB2 a half */
    RCC_CFGR |= 2u;
    return eo_wait(&RCC_CFGR, 3u << 2, 2u << 2);
}

/* The clocks with the PLL, or those of the reset, to which it goes back. `divider`: of the console's APB. */
static inline struct eo_clocks stm32f4_clocks(int from_pll, uint32_t divider) {
    if (from_pll) {
        /* Timers on a divided APB run at twice its clock. */
        const struct eo_clocks fast = {EO_CLOCK_HZ, EO_CLOCK_HZ / divider, 2u * (EO_CLOCK_HZ / APB1_DIVIDER)};
        return fast;
    }
    RCC_CFGR = 0;
    const struct eo_clocks slow = {HSI_HZ, HSI_HZ, HSI_HZ};
    return slow;
}

static inline enum eo_reset_cause stm32f4_reset_cause(void) {
    /* IWDG and WWDG; software; power-on (a brown-out sets its own flag, and so does every power-on); pin */
    const struct stm32_reset_flags flags = {3u << 29, 1u << 28, (1u << 27) | (1u << 25), 1u << 26, 1u << 24};
    return stm32_reset_cause(&RCC_CSR, &flags);
}

#endif

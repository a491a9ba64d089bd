/* mcu_stm32f746.c -- STM32F746: 216 MHz with over-drive from HSI, caches on, USART1 on PA9 and PB7 (RM0385). */
#include "cache_m7.h"
#include "eo_board.h"
#include "eo_platform.h"
#include "eo_stm32.h"

#if EO_CLOCK_HZ != 216000000u ||                                                                                       \
    (EO_CONSOLE_BASE != 0 && (EO_CONSOLE_BASE != 0x40011000u || EO_CONSOLE_TX_PIN != 9 || EO_CONSOLE_RX_PIN != 23))
#error "mcu_stm32f746.c is for 216 MHz and USART1 on PA9 and PB7: correct the board's file, or write another mcu_*.c"
#endif

#define RCC 0x40023800u
#define RCC_CR EO_REGISTER(RCC, 0x00u)
#define RCC_PLLCFGR EO_REGISTER(RCC, 0x04u)
#define RCC_CFGR EO_REGISTER(RCC, 0x08u)
#define RCC_AHB1ENR EO_REGISTER(RCC, 0x30u)
#define RCC_APB1ENR EO_REGISTER(RCC, 0x40u)
#define RCC_APB2ENR EO_REGISTER(RCC, 0x44u)
#define RCC_CSR EO_REGISTER(RCC, 0x74u)
#define FLASH_ACR EO_REGISTER(0x40023C00u, 0x00u)
#define PWR_CR1 EO_REGISTER(0x40007000u, 0x00u)
#define PWR_CSR1 EO_REGISTER(0x40007000u, 0x04u)
#define GPIOA 0x40020000u
#define GPIOB 0x40020400u

#define PLL_ON (1u << 24)
#define PLL_READY (1u << 25)
#define OVERDRIVE_ON (1u << 16)
#define OVERDRIVE_READY (1u << 16)
#define OVERDRIVE_SWITCH (1u << 17)
#define OVERDRIVE_SWITCHED (1u << 17)

enum { HSI_HZ = 16000000 /* after reset */, APB1_DIVIDER = 4, APB2_DIVIDER = 2, WAIT_STATES = 7 };

/* USART1 runs from APB2, as after reset. */
static void console_pins(void) {
    stm32_enable(&RCC_AHB1ENR, (1u << 0) | (1u << 1)); /* GPIOA, GPIOB */
    stm32_enable(&RCC_APB2ENR, 1u << 4);               /* USART1 */
    stm32_alternate(GPIOA, 9, 7);
    stm32_alternate(GPIOB, 7, 7);
}

/* 1: the core runs from the PLL. The order is that of the manual for over-drive. */
static int start_pll(void) {
    stm32_enable(&RCC_APB1ENR, 1u << 28); /* PWR */
    PWR_CR1 |= 3u << 14;                  /* regulator scale 1 */
    /* 16 MHz / 8 * 216 / 2; the output of USB, a ninth, has 48 MHz. */
    RCC_PLLCFGR = 8u | (216u << 6) | (0u << 16) | (9u << 24) | (2u << 28);
    RCC_CR |= PLL_ON;
    PWR_CR1 |= OVERDRIVE_ON;
    if (!eo_wait(&PWR_CSR1, OVERDRIVE_READY, OVERDRIVE_READY)) {
        return 0;
    }
    PWR_CR1 |= OVERDRIVE_SWITCH;
    if (!eo_wait(&PWR_CSR1, OVERDRIVE_SWITCHED, OVERDRIVE_SWITCHED) || !eo_wait(&RCC_CR, PLL_READY, PLL_READY)) {
        return 0;
    }
    FLASH_ACR = WAIT_STATES; /* the ART accelerator serves another bus than the one that programs are linked for */
    if (!eo_wait(&FLASH_ACR, 0xFu, WAIT_STATES)) {
        return 0;
    }
    RCC_CFGR = (5u << 10) | (4u << 13); /* APB1 a quarter, APB2 a half */
    RCC_CFGR |= 2u;
    return eo_wait(&RCC_CFGR, 3u << 2, 2u << 2);
}

struct eo_clocks mcu_init(void) {
    cache_init();
    console_pins();
    if (start_pll()) {
        /* Timers on a divided APB run at twice its clock. */
        const struct eo_clocks fast = {EO_CLOCK_HZ, EO_CLOCK_HZ / APB2_DIVIDER, 2u * (EO_CLOCK_HZ / APB1_DIVIDER)};
        return fast;
    }
    RCC_CFGR = 0;
    const struct eo_clocks slow = {HSI_HZ, HSI_HZ, HSI_HZ};
    return slow;
}

enum eo_reset_cause mcu_reset_cause(void) {
    /* IWDG and WWDG; software; power-on and brown-out; pin */
    const struct stm32_reset_flags flags = {3u << 29, 1u << 28, (1u << 27) | (1u << 25), 1u << 26, 1u << 24};
    return stm32_reset_cause(&RCC_CSR, &flags);
}

/* mcu_stm32g071.c -- STM32G071: 64 MHz from HSI16, USART2 on PA2 and PA3, TIM2 clocked (RM0444). */
#include "eo_board.h"
#include "eo_platform.h"
#include "eo_stm32.h"

#if EO_CLOCK_HZ != 64000000u ||                                                                                        \
    (EO_CONSOLE_BASE != 0 && (EO_CONSOLE_BASE != 0x40004400u || EO_CONSOLE_TX_PIN != 2 || EO_CONSOLE_RX_PIN != 3))
#error "mcu_stm32g071.c is for 64 MHz and USART2 on PA2 and PA3: correct the board's file, or write another mcu_*.c"
#endif

#define RCC 0x40021000u
#define RCC_CR EO_REGISTER(RCC, 0x00u)
#define RCC_CFGR EO_REGISTER(RCC, 0x08u)
#define RCC_PLLCFGR EO_REGISTER(RCC, 0x0Cu)
#define RCC_IOPENR EO_REGISTER(RCC, 0x34u)
#define RCC_APBENR1 EO_REGISTER(RCC, 0x3Cu)
#define RCC_CSR EO_REGISTER(RCC, 0x60u)
#define FLASH_ACR EO_REGISTER(0x40022000u, 0x00u)
#define GPIOA 0x50000000u

#define PLL_ON (1u << 24)
#define PLL_READY (1u << 25)

enum { HSI_HZ = 16000000 /* after reset */, WAIT_STATES = 2 };

/* 1: the core runs from the PLL. The voltage is that of range 1, as after reset. */
static int start_pll(void) {
    stm32_change(&FLASH_ACR, 7u, (1u << 8) | (1u << 9) | WAIT_STATES); /* prefetch, cache */
    if (!eo_wait(&FLASH_ACR, 7u, WAIT_STATES)) {
        return 0;
    }
    RCC_PLLCFGR = 2u /* HSI16 */ | (0u << 4) | (8u << 8) | (1u << 28) | (1u << 29); /* 16 MHz / 1 * 8 / 2 */
    RCC_CR |= PLL_ON;
    if (!eo_wait(&RCC_CR, PLL_READY, PLL_READY)) {
        return 0;
    }
    stm32_change(&RCC_CFGR, 7u, 2u);
    return eo_wait(&RCC_CFGR, 7u << 3, 2u << 3);
}

struct eo_clocks mcu_init(void) {
    stm32_enable(&RCC_IOPENR, 1u << 0);                 /* GPIOA */
    stm32_enable(&RCC_APBENR1, (1u << 0) | (1u << 17)); /* TIM2, USART2 */
    stm32_alternate(GPIOA, 2, 1);
    stm32_alternate(GPIOA, 3, 1);
    if (start_pll()) {
        const struct eo_clocks fast = {EO_CLOCK_HZ, EO_CLOCK_HZ, EO_CLOCK_HZ};
        return fast;
    }
    RCC_CFGR &= ~7u;
    const struct eo_clocks slow = {HSI_HZ, HSI_HZ, HSI_HZ};
    return slow;
}

enum eo_reset_cause mcu_reset_cause(void) {
    /* IWDG and WWDG; software; power-on or brown-out; pin */
    const struct stm32_reset_flags flags = {3u << 29, 1u << 28, 1u << 27, 1u << 26, 1u << 23};
    return stm32_reset_cause(&RCC_CSR, &flags);
}

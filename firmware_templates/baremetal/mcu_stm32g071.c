/* mcu_stm32g071.c -- STM32G071: 64 MHz from HSI16, USART2 on PA2 and PA3, TIM2 clocked (RM0444). */
#include "eo_board.h"
#include "eo_platform.h"

#define RCC 0x40021000u
#define RCC_CR EO_REGISTER(RCC, 0x00u)
#define RCC_CFGR EO_REGISTER(RCC, 0x08u)
#define RCC_PLLCFGR EO_REGISTER(RCC, 0x0Cu)
#define RCC_IOPENR EO_REGISTER(RCC, 0x34u)
#define RCC_APBENR1 EO_REGISTER(RCC, 0x3Cu)
#define FLASH_ACR EO_REGISTER(0x40022000u, 0x00u)
#define GPIOA 0x50000000u
#define GPIOA_MODER EO_REGISTER(GPIOA, 0x00u)
#define GPIOA_AFRL EO_REGISTER(GPIOA, 0x20u)

#define PLL_ON (1u << 24)
#define PLL_READY (1u << 25)

enum { HSI_HZ = 16000000 /* after reset */ };

/* 1: the core runs from the PLL. */
static int start_pll(void) {
    FLASH_ACR = (FLASH_ACR & ~7u) | (1u << 8) | (1u << 9) | 2u; /* prefetch, cache, 2 wait states */
    if (!eo_wait(&FLASH_ACR, 7u, 2u)) {
        return 0;
    }
    RCC_PLLCFGR = 2u /* HSI16 */ | (0u << 4) | (8u << 8) | (1u << 28) | (1u << 29); /* 16 MHz / 1 * 8 / 2 */
    RCC_CR |= PLL_ON;
    if (!eo_wait(&RCC_CR, PLL_READY, PLL_READY)) {
        return 0;
    }
    RCC_CFGR = (RCC_CFGR & ~7u) | 2u;
    return eo_wait(&RCC_CFGR, 7u << 3, 2u << 3);
}

struct eo_clocks mcu_init(void) {
    RCC_IOPENR |= 1u << 0;                 /* GPIOA */
    RCC_APBENR1 |= (1u << 0) | (1u << 17); /* TIM2, USART2 */
    GPIOA_AFRL = (GPIOA_AFRL & ~(0xFFu << 8)) | (0x11u << 8);
    GPIOA_MODER = (GPIOA_MODER & ~(0xFu << 4)) | (0xAu << 4);
    if (start_pll()) {
        const struct eo_clocks fast = {EO_CLOCK_HZ, EO_CLOCK_HZ, EO_CLOCK_HZ};
        return fast;
    }
    RCC_CFGR &= ~7u;
    const struct eo_clocks slow = {HSI_HZ, HSI_HZ, HSI_HZ};
    return slow;
}

enum eo_reset_cause mcu_reset_cause(void) {
    return EO_RESET_UNKNOWN;
}

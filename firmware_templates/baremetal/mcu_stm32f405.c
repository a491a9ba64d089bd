/* mcu_stm32f405.c -- STM32F405: 168 MHz from HSI, USART1 on PB6 and PB7 (RM0090). QEMU's chip has no RCC (it reads as
 * 0), so there the wait for the PLL runs out and the program goes on at what HSI gives. */
#include "eo_board.h"
#include "eo_platform.h"
#include "eo_stm32.h"

#if EO_CLOCK_HZ != 168000000u ||                                                                                       \
    (EO_CONSOLE_BASE != 0 && (EO_CONSOLE_BASE != 0x40011000u || EO_CONSOLE_TX_PIN != 22 || EO_CONSOLE_RX_PIN != 23))
#error "mcu_stm32f405.c is for 168 MHz and USART1 on PB6 and PB7: correct the board's file, or write another mcu_*.c"
#endif

#define RCC 0x40023800u /* section 7.3 */
#define RCC_CR EO_REGISTER(RCC, 0x00u)
#define RCC_PLLCFGR EO_REGISTER(RCC, 0x04u)
#define RCC_CFGR EO_REGISTER(RCC, 0x08u)
#define RCC_AHB1ENR EO_REGISTER(RCC, 0x30u)
#define RCC_APB1ENR EO_REGISTER(RCC, 0x40u)
#define RCC_APB2ENR EO_REGISTER(RCC, 0x44u)
#define RCC_CSR EO_REGISTER(RCC, 0x74u)
#define FLASH_ACR EO_REGISTER(0x40023C00u, 0x00u) /* section 3.9.1 */
#define PWR_CR EO_REGISTER(0x40007000u, 0x00u)    /* section 5.4.1 */
#define GPIOB 0x40020400u

#define PLL_ON (1u << 24)
#define PLL_READY (1u << 25)

enum { HSI_HZ = 16000000 /* after reset */, APB1_DIVIDER = 4, APB2_DIVIDER = 2, WAIT_STATES = 5 };

static void console_pins(void) {
    stm32_enable(&RCC_AHB1ENR, 1u << 1); /* GPIOB */
    stm32_enable(&RCC_APB2ENR, 1u << 4); /* USART1 */
    stm32_alternate(GPIOB, 6, 7);
    stm32_alternate(GPIOB, 7, 7);
}

/* 1: the core runs from the PLL. */
static int start_pll(void) {
    stm32_enable(&RCC_APB1ENR, 1u << 28); /* PWR */
    PWR_CR |= 1u << 14;                   /* regulator scale 1 */
    /* 16 MHz / 8 * 168 / 2, and / 7 for USB. */
    RCC_PLLCFGR = 8u | (168u << 6) | (0u << 16) | (7u << 24);
    RCC_CR |= PLL_ON;
    if (!eo_wait(&RCC_CR, PLL_READY, PLL_READY)) {
        return 0;
    }
    FLASH_ACR = (1u << 8) | (1u << 9) | (1u << 10) | WAIT_STATES; /* prefetch, caches */
    if (!eo_wait(&FLASH_ACR, 0xFu, WAIT_STATES)) {
        return 0;
    }
    RCC_CFGR = (5u << 10) | (4u << 13); /* APB1 a quarter, APB2 a half */
    RCC_CFGR |= 2u;
    return eo_wait(&RCC_CFGR, 3u << 2, 2u << 2);
}

struct eo_clocks mcu_init(void) {
    console_pins();
    if (start_pll()) {
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

/* mcu_stm32f405.c -- STM32F405: 168 MHz from HSI, USART1 on PB6 and PB7 (RM0090). QEMU's chip has no RCC (it reads as
 * 0), so there the wait for the PLL runs out and the program goes on at what HSI gives. */
#include "eo_board.h"
#include "eo_platform.h"
#include "eo_stm32f4.h"

#if EO_CLOCK_HZ != 168000000u ||                                                                                       \
    (EO_CONSOLE_BASE != 0 && (EO_CONSOLE_BASE != 0x40011000u || EO_CONSOLE_TX_PIN != 22 || EO_CONSOLE_RX_PIN != 23))
#error "mcu_stm32f405.c is for 168 MHz and USART1 on PB6 and PB7: correct the board's file, or write another mcu_*.c"
#endif

enum { WAIT_STATES = 5 };

static void console_pins(void) {
    stm32_enable(&RCC_AHB1ENR, 1u << 1); /* GPIOB */
    stm32_enable(&RCC_APB2ENR, 1u << 4); /* USART1 */
    stm32_alternate(GPIOB, 6, 7);
    stm32_alternate(GPIOB, 7, 7);
}

/* 1: the core runs from the PLL: 16 MHz / 8 * 168 / 2, and / 7 for USB; prefetch, caches. */
static int start_pll(void) {
    stm32f4_start_pll(1u, 8u | (168u << 6) | (0u << 16) | (7u << 24));
    return stm32f4_switch_to_pll((1u << 8) | (1u << 9) | (1u << 10) | WAIT_STATES);
}

struct eo_clocks mcu_init(void) {
    console_pins();
    return stm32f4_clocks(start_pll(), APB2_DIVIDER);
}

enum eo_reset_cause mcu_reset_cause(void) {
    return stm32f4_reset_cause();
}

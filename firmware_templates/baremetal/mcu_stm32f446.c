/* mcu_stm32f446.c -- STM32F446: 180 MHz with over-drive from HSI, USART2 on PA2 and PA3 (RM0390). */
#include "eo_board.h"
#include "eo_platform.h"
#include "eo_stm32_overdrive.h"
#include "eo_stm32f4.h"

#if EO_CLOCK_HZ != 180000000u ||                                                                                       \
    (EO_CONSOLE_BASE != 0 && (EO_CONSOLE_BASE != 0x40004400u || EO_CONSOLE_TX_PIN != 2 || EO_CONSOLE_RX_PIN != 3))
#error "mcu_stm32f446.c is for 180 MHz and USART2 on PA2 and PA3: correct the board's file, or write another mcu_*.c"
#endif

enum { WAIT_STATES = 5 };

static void console_pins(void) {
    stm32_enable(&RCC_AHB1ENR, 1u << 0);  /* GPIOA */
    stm32_enable(&RCC_APB1ENR, 1u << 17); /* USART2 */
    stm32_alternate(GPIOA, 2, 7);
    stm32_alternate(GPIOA, 3, 7);
}

/* 1: the core runs from the PLL: 16 MHz / 8 * 180 / 2, the other outputs within their limits; prefetch, caches. */
static int start_pll(void) {
    stm32f4_start_pll(3u, 8u | (180u << 6) | (0u << 16) | (8u << 24) | (2u << 28));
    return stm32_overdrive() && stm32f4_switch_to_pll((1u << 8) | (1u << 9) | (1u << 10) | WAIT_STATES);
}

struct eo_clocks mcu_init(void) {
    console_pins();
    return stm32f4_clocks(start_pll(), APB1_DIVIDER);
}

enum eo_reset_cause mcu_reset_cause(void) {
    return stm32f4_reset_cause();
}

/* mcu_stm32f746.c -- STM32F746: 216 MHz with over-drive from HSI, caches on, USART1 on PA9 and PB7 (RM0385). */
#include "cache_m7.h"
#include "eo_board.h"
#include "eo_platform.h"
#include "eo_stm32_overdrive.h"
#include "eo_stm32f4.h"

#if EO_CLOCK_HZ != 216000000u ||                                                                                       \
    (EO_CONSOLE_BASE != 0 && (EO_CONSOLE_BASE != 0x40011000u || EO_CONSOLE_TX_PIN != 9 || EO_CONSOLE_RX_PIN != 23))
#error "mcu_stm32f746.c is for 216 MHz and USART1 on PA9 and PB7: correct the board's file, or write another mcu_*.c"
#endif

enum { WAIT_STATES = 7 };

/* USART1 runs from APB2, as after reset. */
static void console_pins(void) {
    stm32_enable(&RCC_AHB1ENR, (1u << 0) | (1u << 1)); /* GPIOA, GPIOB */
    stm32_enable(&RCC_APB2ENR, 1u << 4);               /* USART1 */
    stm32_alternate(GPIOA, 9, 7);
    stm32_alternate(GPIOB, 7, 7);
}

/* 1: the core runs from the PLL: 16 MHz / 8 * 216 / 2; the output of USB, a ninth, has 48 MHz. The ART accelerator
 * stays off: it serves another bus than the one that programs are linked for. */
static int start_pll(void) {
    stm32f4_start_pll(3u, 8u | (216u << 6) | (0u << 16) | (9u << 24) | (2u << 28));
    return stm32_overdrive() && stm32f4_switch_to_pll(WAIT_STATES);
}

struct eo_clocks mcu_init(void) {
    cache_init();
    console_pins();
    return stm32f4_clocks(start_pll(), APB2_DIVIDER);
}

enum eo_reset_cause mcu_reset_cause(void) {
    return stm32f4_reset_cause();
}

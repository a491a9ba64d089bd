/* mcu_stm32l4r5.c -- STM32L4R5: 120 MHz in boost mode from HSI16, LPUART1 on PG7 and PG8 (RM0432). */
#include "eo_board.h"
#include "eo_platform.h"
#include "eo_stm32.h"

#if EO_CLOCK_HZ != 120000000u ||                                                                                       \
    (EO_CONSOLE_BASE != 0 && (EO_CONSOLE_BASE != 0x40008000u || EO_CONSOLE_TX_PIN != 103 || EO_CONSOLE_RX_PIN != 104))
#error "mcu_stm32l4r5.c is for 120 MHz and LPUART1 on PG7 and PG8: correct the board's file, or write another mcu_*.c"
#endif

#define RCC 0x40021000u
#define RCC_CR EO_REGISTER(RCC, 0x00u)
#define RCC_CFGR EO_REGISTER(RCC, 0x08u)
#define RCC_PLLCFGR EO_REGISTER(RCC, 0x0Cu)
#define RCC_AHB2ENR EO_REGISTER(RCC, 0x4Cu)
#define RCC_APB1ENR1 EO_REGISTER(RCC, 0x58u)
#define RCC_APB1ENR2 EO_REGISTER(RCC, 0x5Cu)
#define RCC_CCIPR EO_REGISTER(RCC, 0x88u)
#define RCC_CSR EO_REGISTER(RCC, 0x94u)
#define FLASH_ACR EO_REGISTER(0x40022000u, 0x00u)
#define PWR_CR2 EO_REGISTER(0x40007000u, 0x04u)
#define PWR_CR5 EO_REGISTER(0x40007000u, 0x80u)
#define GPIOG 0x48001800u

#define HSI_ON (1u << 8)
#define HSI_READY (1u << 10)
#define PLL_ON (1u << 24)
#define PLL_READY (1u << 25)
#define HPRE_MASK (0xFu << 4)
#define HPRE_HALF (0x8u << 4)

enum { HSI_HZ = 16000000, MSI_HZ = 4000000 /* after reset */, WAIT_STATES = 5 };

/* VDDIO2 supplies port G and is off the bus until IOSV says that it is there. LPUART1 runs from HSI16 whatever the core
 * does, or with the core where HSI16 does not start. */
static void console_pins(int has_hsi) {
    stm32_enable(&RCC_APB1ENR1, 1u << 28); /* PWR */
    PWR_CR2 |= 1u << 9;                    /* IOSV */
    stm32_enable(&RCC_AHB2ENR, 1u << 6);   /* GPIOG */
    stm32_enable(&RCC_APB1ENR2, 1u << 0);  /* LPUART1 */
    stm32_change(&RCC_CCIPR, 3u << 10, (has_hsi ? 2u : 0u) << 10);
    stm32_alternate(GPIOG, 7, 8);
    stm32_alternate(GPIOG, 8, 8);
}

/* 1: the core runs from the PLL. */
static int start_pll(void) {
    PWR_CR5 &= ~(1u << 8);                                                                  /* R1MODE 0: boost */
    stm32_change(&FLASH_ACR, 0xFu, (1u << 8) | (1u << 9) | (1u << 10) | WAIT_STATES);       /* prefetch, caches */
    RCC_PLLCFGR = 2u /* HSI16 */ | ((2u - 1u) << 4) | (30u << 8) | (1u << 24) | (0u << 25); /* 16 / 2 * 30 / 2 MHz */
    RCC_CR |= PLL_ON;
    if (!eo_wait(&FLASH_ACR, 0xFu, WAIT_STATES) || !eo_wait(&RCC_CR, PLL_READY, PLL_READY)) {
        return 0;
    }
    /* The jump is made in two steps of at least a microsecond, as the manual asks for above 80 MHz. */
    stm32_change(&RCC_CFGR, HPRE_MASK, HPRE_HALF);
    RCC_CFGR |= 3u;
    if (!eo_wait(&RCC_CFGR, 3u << 2, 3u << 2)) {
        return 0;
    }
    for (volatile int turn = 0; turn < 60; turn++) {
    }
    RCC_CFGR &= ~HPRE_MASK;
    return 1;
}

struct eo_clocks mcu_init(void) {
    RCC_CR |= HSI_ON;
    const int has_hsi = eo_wait(&RCC_CR, HSI_READY, HSI_READY);
    console_pins(has_hsi);
    const int fast = has_hsi && start_pll();
    if (!fast) {
        RCC_CFGR &= ~(HPRE_MASK | 3u);
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

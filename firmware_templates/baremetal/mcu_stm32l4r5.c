/* mcu_stm32l4r5.c -- STM32L4R5: 120 MHz in boost mode from HSI16, LPUART1 on PG7 and PG8 (RM0432). */
#include "eo_board.h"
#include "eo_platform.h"

#define RCC 0x40021000u
#define RCC_CR EO_REGISTER(RCC, 0x00u)
#define RCC_CFGR EO_REGISTER(RCC, 0x08u)
#define RCC_PLLCFGR EO_REGISTER(RCC, 0x0Cu)
#define RCC_AHB2ENR EO_REGISTER(RCC, 0x4Cu)
#define RCC_APB1ENR1 EO_REGISTER(RCC, 0x58u)
#define RCC_APB1ENR2 EO_REGISTER(RCC, 0x5Cu)
#define RCC_CCIPR EO_REGISTER(RCC, 0x88u)
#define FLASH_ACR EO_REGISTER(0x40022000u, 0x00u)
#define PWR_CR2 EO_REGISTER(0x40007000u, 0x04u)
#define PWR_CR5 EO_REGISTER(0x40007000u, 0x80u)
#define GPIOG 0x48001800u
#define GPIOG_MODER EO_REGISTER(GPIOG, 0x00u)
#define GPIOG_AFRL EO_REGISTER(GPIOG, 0x20u)
#define GPIOG_AFRH EO_REGISTER(GPIOG, 0x24u)

#define HSI_ON (1u << 8)
#define HSI_READY (1u << 10)
#define PLL_ON (1u << 24)
#define PLL_READY (1u << 25)
#define HPRE_MASK (0xFu << 4)
#define HPRE_HALF (0x8u << 4)

enum { HSI_HZ = 16000000, MSI_HZ = 4000000 /* after reset */ };

/* VDDIO2 supplies port G and is off the bus until IOSV says that it is there. LPUART1 runs from HSI16 whatever the core
 * does. */
static void console_pins(void) {
    RCC_APB1ENR1 |= 1u << 28; /* PWR */
    PWR_CR2 |= 1u << 9;       /* IOSV */
    RCC_AHB2ENR |= 1u << 6;   /* GPIOG */
    RCC_APB1ENR2 |= 1u << 0;  /* LPUART1 */
    RCC_CCIPR = (RCC_CCIPR & ~(3u << 10)) | (2u << 10);
    GPIOG_AFRL = (GPIOG_AFRL & ~(0xFu << 28)) | (8u << 28);
    GPIOG_AFRH = (GPIOG_AFRH & ~0xFu) | 8u;
    GPIOG_MODER = (GPIOG_MODER & ~(0xFu << 14)) | (0xAu << 14);
}

/* The core's clock as it runs in the end. */
static uint32_t core_clock(void) {
    if (!eo_wait(&RCC_CR, HSI_READY, HSI_READY)) {
        return MSI_HZ;
    }
    PWR_CR5 &= ~(1u << 8);                                                                  /* R1MODE 0: boost */
    FLASH_ACR = (FLASH_ACR & ~0xFu) | (1u << 8) | (1u << 9) | (1u << 10) | 5u;              /* caches, 5 wait states */
    RCC_PLLCFGR = 2u /* HSI16 */ | ((2u - 1u) << 4) | (30u << 8) | (1u << 24) | (0u << 25); /* 16 / 2 * 30 / 2 MHz */
    RCC_CR |= PLL_ON;
    if (!eo_wait(&RCC_CR, PLL_READY, PLL_READY)) {
        return MSI_HZ;
    }
    /* The jump is made in two steps of at least a microsecond, as the manual asks for above 80 MHz. */
    RCC_CFGR = (RCC_CFGR & ~HPRE_MASK) | HPRE_HALF;
    RCC_CFGR |= 3u;
    if (!eo_wait(&RCC_CFGR, 3u << 2, 3u << 2)) {
        RCC_CFGR &= ~(HPRE_MASK | 3u);
        return MSI_HZ;
    }
    for (volatile int turn = 0; turn < 60; turn++) {
    }
    RCC_CFGR &= ~HPRE_MASK;
    return EO_CLOCK_HZ;
}

struct eo_clocks mcu_init(void) {
    RCC_CR |= HSI_ON;
    console_pins();
    const uint32_t core_hz = core_clock();
    const struct eo_clocks clocks = {core_hz, HSI_HZ, core_hz};
    return clocks;
}

enum eo_reset_cause mcu_reset_cause(void) {
    return EO_RESET_UNKNOWN;
}

/* watchdog_stm32_iwdg.c -- the independent watchdog of an STM32, which runs from its own oscillator (LSI, 32 kHz). */
#include "eo_board.h"
#include "eo_platform.h"

#define KR EO_REGISTER(EO_WATCHDOG_BASE, 0x00u)
#define PR EO_REGISTER(EO_WATCHDOG_BASE, 0x04u)
#define RLR EO_REGISTER(EO_WATCHDOG_BASE, 0x08u)
#define SR EO_REGISTER(EO_WATCHDOG_BASE, 0x0Cu)

#define KEY_START 0xCCCCu
#define KEY_UNLOCK 0x5555u
#define KEY_FEED 0xAAAAu
#define SR_PENDING 7u /* a value is on its way into the watchdog's own clock domain */

/* LSI is 32 kHz give or take a tenth on most of these chips, 17 to 47 kHz on an F4: the time-out is as inexact. */
enum { LSI_KHZ = 32, LONGEST_COUNT = 4096, LAST_PRESCALER = 6, UPDATE_WAITS = 64 };

/* The counter falls once in 4 << prescaler periods of LSI. */
uint32_t watchdog_start(uint32_t timeout_ms) {
    const uint32_t longest_ms = ((uint32_t)LONGEST_COUNT * (4u << LAST_PRESCALER)) / LSI_KHZ;
    const uint32_t periods = (timeout_ms < longest_ms ? timeout_ms : longest_ms) * LSI_KHZ;
    uint32_t prescaler = 0;
    while (periods > (uint32_t)LONGEST_COUNT * (4u << prescaler)) {
        prescaler++;
    }
    const uint32_t divider = 4u << prescaler;
    uint32_t count = (periods + divider - 1u) / divider;
    if (count == 0) {
        count = 1;
    }
    KR = KEY_START;
    KR = KEY_UNLOCK;
    PR = prescaler;
    RLR = count - 1u;
    /* Five periods of the divided clock, up to 40 ms: many bounded waits. */
    for (int waits = 0; waits < UPDATE_WAITS && !eo_wait(&SR, SR_PENDING, 0); waits++) {
    }
    KR = KEY_FEED;
    return (count * divider) / LSI_KHZ;
}

void watchdog_feed(void) {
    KR = KEY_FEED;
}

/* watchdog_rp2040_watchdog.c -- the RP2040's watchdog (datasheet, section 4.7). mcu_rp2040.c starts its microsecond
 * tick. */
#include "eo_board.h"
#include "eo_platform.h"

#define CTRL EO_REGISTER(EO_WATCHDOG_BASE, 0x00u)
#define LOAD EO_REGISTER(EO_WATCHDOG_BASE, 0x04u)
#define PSM_WDSEL EO_REGISTER(0x40010000u, 0x8u) /* section 2.13: what it resets */

#define CTRL_ENABLE (1u << 30)
#define CTRL_PAUSE (7u << 24)        /* while a debugger halts a core */
#define ALL_BUT_OSCILLATORS 0x1FFFCu /* bits 0 and 1 are ROSC and XOSC */

/* LOAD has 24 bits and goes down twice a tick (errata RP2040-E1). */
enum { COUNTS_A_MS = 2000, LONGEST_MS = 0xFFFFFF / COUNTS_A_MS };

static uint32_t load_value; /* 0: does not run */

uint32_t watchdog_start(uint32_t timeout_ms) {
    const uint32_t at_least = timeout_ms == 0 ? 1u : timeout_ms;
    const uint32_t ms = at_least < (uint32_t)LONGEST_MS ? at_least : (uint32_t)LONGEST_MS;
    load_value = ms * COUNTS_A_MS;
    CTRL = CTRL_PAUSE; /* off while it is set up */
    PSM_WDSEL = ALL_BUT_OSCILLATORS;
    LOAD = load_value;
    CTRL = CTRL_PAUSE | CTRL_ENABLE;
    return ms;
}

void watchdog_feed(void) {
    if (load_value != 0) {
        LOAD = load_value;
    }
}

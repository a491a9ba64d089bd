/* watchdog_nrf_wdt.c -- the watchdog of nRF51 and nRF52 (nRF52840 product specification, section 6.36).
 *
 * It counts a clock of 32,768 Hz, which it starts by itself, and stands still while the core sleeps or a debugger halts
 * it: no timer wakes the core to feed it (sleep.c), and asleep there is nothing to watch. A reset by the program leaves
 * it running, so it is fed whenever it runs, not only where this program started it. */
#include "eo_board.h"
#include "eo_platform.h"

#define TASKS_START EO_REGISTER(EO_WATCHDOG_BASE, 0x000u)
#define RUNSTATUS EO_REGISTER(EO_WATCHDOG_BASE, 0x400u)
#define CRV EO_REGISTER(EO_WATCHDOG_BASE, 0x504u) /* reset after CRV + 1 periods */
#define RREN EO_REGISTER(EO_WATCHDOG_BASE, 0x508u)
#define CONFIG EO_REGISTER(EO_WATCHDOG_BASE, 0x50Cu)
#define RR0 EO_REGISTER(EO_WATCHDOG_BASE, 0x600u)

enum { RUNS = 1, CLOCK_HZ = 32768 };
#define LONGEST_MS 131071999u /* CRV has 32 bits */
#define RELOAD 0x6E524635u

/* Periods of the clock that last at least `ms`, without a product of 64 bits. */
static uint32_t periods(uint32_t ms) {
    return (ms / 1000u) * CLOCK_HZ + ((ms % 1000u) * CLOCK_HZ + 999u) / 1000u;
}

static uint32_t milliseconds(uint32_t count) {
    return (count / CLOCK_HZ) * 1000u + ((count % CLOCK_HZ) * 1000u) / CLOCK_HZ;
}

uint32_t watchdog_start(uint32_t timeout_ms) {
    if ((RUNSTATUS & RUNS) == 0) { /* its registers are locked once it runs */
        const uint32_t ms = timeout_ms == 0 ? 1u : timeout_ms;
        CRV = periods(ms < LONGEST_MS ? ms : LONGEST_MS) - 1u;
        RREN = 1;
        CONFIG = 0; /* stands still asleep and halted */
        TASKS_START = 1;
    }
    watchdog_feed();
    return milliseconds(CRV + 1u);
}

void watchdog_feed(void) {
    if ((RUNSTATUS & RUNS) != 0) {
        RR0 = RELOAD;
    }
}

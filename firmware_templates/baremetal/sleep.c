/* sleep.c -- sleep until a byte comes or a time has passed. */
#include "eo_board.h"
#include "eo_platform.h"

void sleep_init(const struct eo_clocks *clocks, uint32_t ticks_hz) {
    (void)clocks;
    (void)ticks_hz;
}

void eo_port_sleep(uint32_t ticks) {
    const uint32_t start = timer_ticks();
    while (!console_has_input() && (ticks == 0 || timer_ticks() - start < ticks)) {
        watchdog_feed();
    }
}

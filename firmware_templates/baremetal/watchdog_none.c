/* watchdog_none.c -- a board without a watchdog. */
#include "eo_platform.h"

uint32_t watchdog_start(uint32_t timeout_ms) {
    (void)timeout_ms;
    return 0;
}

void watchdog_feed(void) {
}

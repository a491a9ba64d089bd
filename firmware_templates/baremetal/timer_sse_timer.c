/* timer_sse_timer.c -- the system counter of Arm's SSE-300 (MPS3-AN547), read through one of its timers. */
#include "eo_board.h"
#include "eo_platform.h"

#define COUNTER_CONTROL EO_REGISTER(0x58100000u, 0u)
#define CNTPCT_LOW EO_REGISTER(EO_TIMER_BASE, 0x0u)

uint32_t timer_init(const struct eo_clocks *clocks) {
    COUNTER_CONTROL |= 1u;
    return clocks->timer_hz;
}

uint32_t timer_ticks(void) {
    return CNTPCT_LOW;
}

/* timer_none.c -- for boards without a counter: all times are 0. */
#include "eo_board.h"
#include "eo_platform.h"

uint32_t timer_init(const struct eo_clocks *clocks) {
    (void)clocks;
    return EO_TIMER_HZ;
}

uint32_t timer_ticks(void) {
    return 0;
}

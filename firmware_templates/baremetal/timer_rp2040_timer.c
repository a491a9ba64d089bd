/* timer_rp2040_timer.c -- the microsecond timer of the RP2040; mcu_rp2040.c starts its tick. */
#include "eo_board.h"
#include "eo_platform.h"

#define TIMERAWL EO_REGISTER(EO_TIMER_BASE, 0x28u)

uint32_t timer_init(const struct eo_clocks *clocks) {
    return clocks->timer_hz;
}

uint32_t timer_ticks(void) {
    return TIMERAWL;
}

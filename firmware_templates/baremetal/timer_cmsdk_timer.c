/* timer_cmsdk_timer.c -- the 32-bit down-counter of Arm's Cortex-M System Design Kit (MPS2 boards). */
#include "eo_board.h"
#include "eo_platform.h"

#define CTRL EO_REGISTER(EO_TIMER_BASE, 0x0u)
#define VALUE EO_REGISTER(EO_TIMER_BASE, 0x4u)
#define RELOAD EO_REGISTER(EO_TIMER_BASE, 0x8u)

uint32_t timer_init(const struct eo_clocks *clocks) {
    RELOAD = 0xFFFFFFFFu;
    VALUE = 0xFFFFFFFFu;
    CTRL = 1;
    return clocks->timer_hz;
}

uint32_t timer_ticks(void) {
    return 0xFFFFFFFFu - VALUE;
}

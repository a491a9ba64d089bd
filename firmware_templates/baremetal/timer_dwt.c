/* timer_dwt.c -- CYCCNT, the core's own cycle counter (Armv7-M and later). */
#include "eo_board.h"
#include "eo_platform.h"

#define DEMCR EO_REGISTER(0xE000EDFCu, 0u)
#define DWT_CTRL EO_REGISTER(EO_TIMER_BASE, 0x0u)
#define DWT_CYCCNT EO_REGISTER(EO_TIMER_BASE, 0x4u)

uint32_t timer_init(const struct eo_clocks *clocks) {
    DEMCR |= 1u << 24; /* TRCENA: DWT on */
    DWT_CYCCNT = 0;
    DWT_CTRL |= 1u; /* CYCCNTENA */
    return clocks->core_hz;
}

uint32_t timer_ticks(void) {
    return DWT_CYCCNT;
}

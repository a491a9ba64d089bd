/* timer_dwt.c -- CYCCNT, the core's own cycle counter (Armv7-M and later). */
#include "eo_board.h"
#include "eo_platform.h"

#define DEMCR EO_REGISTER(0xE000EDFCu, 0u)
#define DWT_CTRL EO_REGISTER(EO_TIMER_BASE, 0x0u)
#define DWT_CYCCNT EO_REGISTER(EO_TIMER_BASE, 0x4u)
#define DWT_LAR EO_REGISTER(EO_TIMER_BASE, 0xFB0u)
#define DWT_LSR EO_REGISTER(EO_TIMER_BASE, 0xFB4u)

#define LOCKED 3u /* there is a lock, and it is closed */

uint32_t timer_init(const struct eo_clocks *clocks) {
    DEMCR |= 1u << 24; /* TRCENA: DWT on */
    if ((DWT_LSR & LOCKED) == LOCKED) {
        DWT_LAR = 0xC5ACCE55u; /* Cortex-M7: locked against software unless a debugger came first */
    }
    DWT_CYCCNT = 0;
    DWT_CTRL |= 1u; /* CYCCNTENA */
    return clocks->core_hz;
}

uint32_t timer_ticks(void) {
    return DWT_CYCCNT;
}

/* CYCCNT stands still in WFI, unless a debugger keeps the core's clock on. */
void timer_slept(uint32_t since, uint32_t core_cycles) {
    if (DWT_CYCCNT - since < core_cycles / 2u) {
        DWT_CYCCNT = since + core_cycles;
    }
}

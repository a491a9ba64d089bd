/* timer_nrf_timer.c -- TIMER0 of an nRF51 or nRF52, which has 32 bits and counts 16 MHz (nRF51 reference manual,
 * section 18). */
#include "eo_board.h"
#include "eo_platform.h"

#define TASKS_START EO_REGISTER(EO_TIMER_BASE, 0x000u)
#define TASKS_STOP EO_REGISTER(EO_TIMER_BASE, 0x004u)
#define TASKS_CLEAR EO_REGISTER(EO_TIMER_BASE, 0x00Cu)
#define TASKS_CAPTURE0 EO_REGISTER(EO_TIMER_BASE, 0x040u)
#define MODE EO_REGISTER(EO_TIMER_BASE, 0x504u)
#define BITMODE EO_REGISTER(EO_TIMER_BASE, 0x508u)
#define PRESCALER EO_REGISTER(EO_TIMER_BASE, 0x510u)
#define CC0 EO_REGISTER(EO_TIMER_BASE, 0x540u)

enum { MODE_TIMER = 0, BITS_32 = 3 };

uint32_t timer_init(const struct eo_clocks *clocks) {
    TASKS_STOP = 1;
    MODE = MODE_TIMER;
    BITMODE = BITS_32;
    PRESCALER = 0;
    TASKS_CLEAR = 1;
    TASKS_START = 1;
    return clocks->timer_hz;
}

uint32_t timer_ticks(void) {
    TASKS_CAPTURE0 = 1;
    return CC0;
}

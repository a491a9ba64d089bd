/* mcu_none.c -- nothing to set up: the clocks run as the board's file says (emulated boards). */
#include "eo_board.h"
#include "eo_platform.h"

struct eo_clocks mcu_init(void) {
    const struct eo_clocks clocks = {EO_CLOCK_HZ, EO_CLOCK_HZ, EO_TIMER_HZ};
    return clocks;
}

enum eo_reset_cause mcu_reset_cause(void) {
    return EO_RESET_UNKNOWN;
}

/* eo_port.c -- eo_port.h over one mcu, one console and one timer. */
#include "eo_port.h"

#include "eo_board.h"
#include "eo_config.h"
#include "eo_platform.h"

/* Where the linker script puts the stack. */
extern uint32_t eo_stack_bottom[];
extern uint32_t eo_stack_top[];

static uint32_t ticks_hz;
static enum eo_reset_cause reset_cause;

/* What is still painted later was never used. Not a part of start-up: only a firmware that measures needs it. */
static void paint_stack(void) {
    uint32_t *here;
    __asm__ volatile("mov %0, sp" : "=r"(here));
    for (volatile uint32_t *word = eo_stack_bottom; word < here; word++) {
        *word = EO_STACK_PAINT;
    }
}

void eo_port_init(void) {
    paint_stack();
    const struct eo_clocks clocks = mcu_init();
    console_init(clocks.console_hz);
    reset_cause = fault_init(mcu_reset_cause());
    ticks_hz = timer_init(&clocks);
    sleep_init(&clocks, ticks_hz);
    pin_init();
}

int eo_port_has_input(void) {
    return console_has_input();
}

void eo_port_putchar(char c) {
    console_write((uint8_t)c);
}

uint32_t eo_port_cycles(void) {
    return timer_ticks();
}

uint32_t eo_port_cycles_hz(void) {
    return ticks_hz;
}

void eo_port_pin(int level) {
    pin_set(level);
}

/* By the CPU's own speed: the counter may be slower than a microsecond. A turn takes three cycles and more, as each
 * waits for what the one before has stored: a load, a subtraction, a store. */
void eo_port_pulse(void) {
    pin_set(0);
    for (volatile uint32_t turn = (EO_CLOCK_HZ / 1000000u * EO_PULSE_US + 2u) / 3u; turn > 0; turn--) {
    }
    pin_set(1);
}

void eo_port_watchdog_feed(void) {
    watchdog_feed();
}

enum eo_reset_cause eo_port_reset_cause(void) {
    return reset_cause;
}

const char *eo_port_board(void) {
    return EO_BOARD;
}

void eo_port_exit(int code) {
    console_exit(code);
    for (;;) {
        __asm__ volatile("wfi");
    }
}

uint32_t eo_port_stack_bytes(void) {
    return (uint32_t)((uintptr_t)eo_stack_top - (uintptr_t)eo_stack_bottom);
}

uint32_t eo_port_stack_high_water(void) {
    const volatile uint32_t *word = eo_stack_bottom;
    while (word < eo_stack_top && *word == EO_STACK_PAINT) {
        word++;
    }
    return (uint32_t)((uintptr_t)eo_stack_top - (uintptr_t)word);
}

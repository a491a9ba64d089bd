/* eo_platform.h -- what the files of this platform are to each other: one mcu_*.c, console_*.c, timer_*.c, pin_*.c and
 * watchdog_*.c, by the board's file. */
#ifndef EO_PLATFORM_H
#define EO_PLATFORM_H

#include <stdint.h>

#include "eo_port.h"

/* A register of a peripheral. */
#define EO_REGISTER(base, offset) (*(volatile uint32_t *)((base) + (offset)))

/* Turns of a wait for a flag before it is given up: milliseconds, far beyond what any flag here takes. */
enum { EO_WAIT_TURNS = 20000 };

/* What start-up fills the stack with, so that its high-water mark can be read. */
#define EO_STACK_PAINT 0x5AFE57ACu

/* Clocks in Hz, as they run after mcu_init(), which is not as they should if an oscillator did not start. */
struct eo_clocks {
    uint32_t core_hz;
    uint32_t console_hz; /* kernel clock of the console's UART */
    uint32_t timer_hz;   /* clock of a peripheral timer */
};

/* Clocks and the console's pins. */
struct eo_clocks mcu_init(void);

/* Why the chip was reset, by its flags, which are cleared. EO_RESET_SOFTWARE where the program did it itself. */
enum eo_reset_cause mcu_reset_cause(void);

/* With EO_CONSOLE_IRQ >= 0 the UART also raises its interrupt while a byte waits; sleep.c enables the line. */
void console_init(uint32_t console_hz);
/* 1: console_read() returns at once. */
int console_has_input(void);
int console_read(void); /* as eo_port_getchar */
void console_write(uint8_t byte);
void console_exit(int code); /* tells the host, where the console can; returns where it cannot */

/* Starts the counter; returns its ticks a second. */
uint32_t timer_init(const struct eo_clocks *clocks);
uint32_t timer_ticks(void);

/* The timestamp pin: an output, high. */
void pin_init(void);
void pin_set(int level);

/* As eo_port_watchdog_start and _feed. */
uint32_t watchdog_start(uint32_t timeout_ms);
void watchdog_feed(void);

/* sleep.c. `ticks_hz`: of timer_ticks(). */
void sleep_init(const struct eo_clocks *clocks, uint32_t ticks_hz);
/* 0: SysTick stands still while the core sleeps, so it wakes nobody (the nRF52). An mcu_*.c may have it; else 1. */
int mcu_systick_runs_asleep(void);
/* The core has slept so long since timer_ticks() was `since`: for a counter that stood still. A timer_*.c may have it.
 */
void timer_slept(uint32_t since, uint32_t core_cycles);

/* fault.c. After console_init(), with what mcu_reset_cause() told; returns the cause, as far as the program knows. */
enum eo_reset_cause fault_init(enum eo_reset_cause told);
/* The bytes reach RAM itself, past a data cache, which a reset empties unwritten. cache_m7.c has it; else nothing. */
void mcu_keep(const void *bytes, uint32_t count);
/* A byte came: faults before it do not count as in a row with those after it. */
void fault_host_is_there(void);

/* Waits until (register & mask) == value; 1: it is, 0: it never came. */
static inline int eo_wait(volatile const uint32_t *flags, uint32_t mask, uint32_t value) {
    for (int turn = 0; turn < EO_WAIT_TURNS; turn++) {
        if ((*flags & mask) == value) {
            return 1;
        }
    }
    return 0;
}

#endif

/* eo_port.h -- what the firmware needs of a board: a byte console, a counter, sleep, health, and marks for the virtual
 * board.
 *
 * A platform implements these functions; eo_protocol.c and main.c call nothing else. Single-threaded, no interrupts. */
#ifndef EO_PORT_H
#define EO_PORT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Clocks, pins, console and counter. Called once, first. */
void eo_port_init(void);

/* Next byte from the host, 0..255; waits for it asleep, and feeds the watchdog meanwhile. -1: the input has ended, none
 * will ever come (semihosting only). */
int eo_port_getchar(void);

/* 1: a byte has come (or the input has ended), eo_port_getchar() will not wait. Semihosting cannot tell: always 1. */
int eo_port_has_input(void);

/* Sleeps until a byte comes, or about `ticks` of eo_port_cycles() have passed; may return early, so ask the clock
 * again. 0: no limit. Where nothing can wake the core in time it stays awake, and a byte is seen when the time has
 * passed. Returns 1: it slept, 0: it only waited. */
int eo_port_sleep(uint32_t ticks);

/* The timestamp pin's level, high (1) from the start. Nothing where the board has no pin. */
void eo_port_pin(int level);

/* The timestamp pin low for at least EO_PULSE_US (eo_config.h), then high again: one falling edge. */
void eo_port_pulse(void);

/* Sends one byte to the host; waits until there is room. Sends it as it is: no '\r' is added. */
void eo_port_putchar(char c);

/* Free-running up-counter, modulo 2^32: only differences mean something, and only if less than 2^32 ticks lie between.
 */
uint32_t eo_port_cycles(void);

/* Ticks of eo_port_cycles() in a second, as the clock really runs (> 0). One tick is one CPU cycle where the board's
 * timer runs at the core's clock. */
uint32_t eo_port_cycles_hz(void);

/* From now on the chip is reset unless the watchdog is fed in time; it cannot be stopped. Returns the real time-out in
 * ms, the nearest not shorter one (or the longest that it can); 0: the board has no watchdog. */
uint32_t eo_port_watchdog_start(uint32_t timeout_ms);
/* Nothing where it does not run. */
void eo_port_watchdog_feed(void);

/* Why the program started. */
enum eo_reset_cause {
    EO_RESET_UNKNOWN,
    EO_RESET_POWER,
    EO_RESET_PIN,
    EO_RESET_WATCHDOG,
    EO_RESET_SOFTWARE,
    EO_RESET_FAULT /* by the fault handler: eo_port_crash() tells which fault */
};
enum eo_reset_cause eo_port_reset_cause(void);

/* What the fault handler saw; 0 where the core has no such register, or it says nothing valid. */
struct eo_crash {
    uint32_t exception; /* number of the exception: 2 NMI, 3 HardFault, 4 MemManage, 5 BusFault, 6 UsageFault, ... */
    uint32_t pc;        /* of the instruction that faulted; 0: the stack could not take the exception's frame */
    uint32_t lr;
    uint32_t psr;
    uint32_t sp; /* before the exception */
    uint32_t cfsr;
    uint32_t hfsr;
    uint32_t mmfar;
    uint32_t bfar;
    uint32_t stack_high_water; /* bytes, as eo_port_stack_high_water() */
};
/* The last fault since power-up; NULL: there was none. */
const struct eo_crash *eo_port_crash(void);

/* Starts the chip anew, RAM kept. Does not return. */
void eo_port_reset(void);

/* The board's name, as in its file: printable, no spaces. */
const char *eo_port_board(void);

/* Ends the program: semihosting reports `code` to the host; elsewhere it sleeps for ever. Does not return. */
void eo_port_exit(int code);

/* Most bytes of stack ever in use since reset, and the bytes reserved for it. */
uint32_t eo_port_stack_high_water(void);
uint32_t eo_port_stack_bytes(void);

/* Marks that the virtual board watches: real calls with empty bodies (eo_mark.c).
 * begin and end enclose one invoke; layer is called from the model's hook: before layer 0, 1, ... and once with
 * the number of layers at the end. */
void eo_mark_begin(void);
void eo_mark_end(void);
void eo_mark_layer(int layer);

#ifdef __cplusplus
}
#endif

#endif

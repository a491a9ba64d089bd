/* eo_port.h -- what the firmware needs of a board: a byte console, a counter, an exit, and marks for the virtual board.
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

/* Next byte from the host, 0..255; waits for it. -1: the input has ended, none will ever come (semihosting only). */
int eo_port_getchar(void);

/* Sends one byte to the host; waits until there is room. Sends it as it is: no '\r' is added. */
void eo_port_putchar(char c);

/* Free-running up-counter, modulo 2^32: only differences mean something, and only if less than 2^32 ticks lie between.
 */
uint32_t eo_port_cycles(void);

/* Ticks of eo_port_cycles() in a second, as the clock really runs (> 0). One tick is one CPU cycle where the board's
 * timer runs at the core's clock. */
uint32_t eo_port_cycles_hz(void);

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

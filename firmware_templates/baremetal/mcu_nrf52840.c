/* mcu_nrf52840.c -- nRF52840: 64 MHz always; its crystal for an exact baud rate, instruction cache on, UART pins. */
#include "eo_board.h"
#include "eo_platform.h"

#define CLOCK_TASKS_HFCLKSTART EO_REGISTER(0x40000000u, 0x000u)
#define CLOCK_EVENTS_HFCLKSTARTED EO_REGISTER(0x40000000u, 0x100u)
#define NVMC_ICACHECNF EO_REGISTER(0x4001E000u, 0x540u)
#define P0_OUTSET EO_REGISTER(0x50000000u, 0x508u)
#define P0_DIRSET EO_REGISTER(0x50000000u, 0x518u)
#define UART_PSELTXD EO_REGISTER(EO_CONSOLE_BASE, 0x50Cu)
#define UART_PSELRXD EO_REGISTER(EO_CONSOLE_BASE, 0x514u)

enum { TX_PIN = 6, RX_PIN = 8 }; /* of port 0; the receiving pin is an input after reset */

/* What the UART's baud rate is derived from, and the timers run at. */
enum { PERIPHERAL_HZ = 16000000 };

struct eo_clocks mcu_init(void) {
    CLOCK_EVENTS_HFCLKSTARTED = 0;
    CLOCK_TASKS_HFCLKSTART = 1;
    (void)eo_wait(&CLOCK_EVENTS_HFCLKSTARTED, 1, 1); /* without the crystal, the internal oscillator goes on */
    NVMC_ICACHECNF = 1;
    P0_OUTSET = 1u << TX_PIN;
    P0_DIRSET = 1u << TX_PIN;
    UART_PSELTXD = TX_PIN;
    UART_PSELRXD = RX_PIN;
    const struct eo_clocks clocks = {EO_CLOCK_HZ, PERIPHERAL_HZ, PERIPHERAL_HZ};
    return clocks;
}

enum eo_reset_cause mcu_reset_cause(void) {
    return EO_RESET_UNKNOWN;
}

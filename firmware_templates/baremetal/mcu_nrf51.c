/* mcu_nrf51.c -- nRF51822: 16 MHz always; the crystal for an exact baud rate, UART pins from the board's file. Sections
 * are those of the nRF51 series reference manual. */
#include "eo_board.h"
#include "eo_platform.h"

#if EO_CLOCK_HZ != 16000000u
#error "mcu_nrf51.c is for 16 MHz: correct the board's file"
#endif

#define CLOCK_TASKS_HFCLKSTART EO_REGISTER(0x40000000u, 0x000u) /* section 13 */
#define CLOCK_EVENTS_HFCLKSTARTED EO_REGISTER(0x40000000u, 0x100u)
#define POWER_RESETREAS EO_REGISTER(0x40000000u, 0x400u) /* section 12; POWER and CLOCK share their addresses */
#define GPIO_OUTSET EO_REGISTER(0x50000000u, 0x508u)     /* section 15 */
#define GPIO_DIRSET EO_REGISTER(0x50000000u, 0x518u)
#define GPIO_PIN_CNF(pin) EO_REGISTER(0x50000000u, 0x700u + 4u * ((pin)&31u))
#define UART_PSELTXD EO_REGISTER(EO_CONSOLE_BASE, 0x50Cu) /* section 29 */
#define UART_PSELRXD EO_REGISTER(EO_CONSOLE_BASE, 0x514u)

enum { PULLED_UP_INPUT = 3 << 2 };
enum { RESET_BY_PIN = 1 << 0, RESET_BY_WATCHDOG = 1 << 1, RESET_BY_PROGRAM = 1 << 2 };

/* The receiving pin is an input after reset, but one that is not connected. A debugger's console has no pins. */
static void console_pins(void) {
    if (EO_CONSOLE_BASE != 0 && EO_CONSOLE_TX_PIN >= 0) {
        GPIO_OUTSET = 1u << (EO_CONSOLE_TX_PIN & 31);
        GPIO_DIRSET = 1u << (EO_CONSOLE_TX_PIN & 31);
        UART_PSELTXD = (uint32_t)EO_CONSOLE_TX_PIN;
        GPIO_PIN_CNF((uint32_t)EO_CONSOLE_RX_PIN) = PULLED_UP_INPUT; /* as an idle line, where nobody drives it */
        UART_PSELRXD = (uint32_t)EO_CONSOLE_RX_PIN;
    }
}

struct eo_clocks mcu_init(void) {
    CLOCK_EVENTS_HFCLKSTARTED = 0;
    CLOCK_TASKS_HFCLKSTART = 1;
    (void)eo_wait(&CLOCK_EVENTS_HFCLKSTARTED, 1, 1); /* without the crystal, the internal oscillator goes on */
    console_pins();
    const struct eo_clocks clocks = {EO_CLOCK_HZ, EO_CLOCK_HZ, EO_CLOCK_HZ};
    return clocks;
}

enum eo_reset_cause mcu_reset_cause(void) {
    const uint32_t flags = POWER_RESETREAS;
    POWER_RESETREAS = flags; /* a 1 clears */
    if ((flags & RESET_BY_WATCHDOG) != 0) {
        return EO_RESET_WATCHDOG;
    }
    if ((flags & RESET_BY_PROGRAM) != 0) {
        return EO_RESET_SOFTWARE;
    }
    if ((flags & RESET_BY_PIN) != 0) {
        return EO_RESET_PIN;
    }
    return flags == 0 ? EO_RESET_POWER : EO_RESET_UNKNOWN; /* no flag is set by power-on and by brown-out */
}

/* The chip has no SysTick. */
int mcu_systick_runs_asleep(void) {
    return 0;
}

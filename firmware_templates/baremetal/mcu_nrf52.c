/* mcu_nrf52.c -- nRF52833 and nRF52840: 64 MHz always; the crystal for an exact baud rate, instruction cache on, UART
 * pins from the board's file. Sections are those of the nRF52840's product specification. */
#include "eo_board.h"
#include "eo_platform.h"

#if EO_CLOCK_HZ != 64000000u
#error "mcu_nrf52.c is for 64 MHz: correct the board's file"
#endif

#define CLOCK_TASKS_HFCLKSTART EO_REGISTER(0x40000000u, 0x000u) /* section 5.4 */
#define CLOCK_EVENTS_HFCLKSTARTED EO_REGISTER(0x40000000u, 0x100u)
#define POWER_RESETREAS EO_REGISTER(0x40000000u, 0x400u) /* section 5.3; POWER and CLOCK share their addresses */
#define NVMC_ICACHECNF EO_REGISTER(0x4001E000u, 0x540u)  /* section 4.3 */
#define GPIO_OUTSET(port) EO_REGISTER(0x50000000u, 0x300u * (port) + 0x508u) /* section 6.9 */
#define GPIO_DIRSET(port) EO_REGISTER(0x50000000u, 0x300u * (port) + 0x518u)
#define GPIO_PIN_CNF(pin) EO_REGISTER(0x50000000u, 0x300u * ((pin) >> 5) + 0x700u + 4u * ((pin)&31u))
#define UART_PSELTXD EO_REGISTER(EO_CONSOLE_BASE, 0x50Cu) /* sections 6.33 and 6.34 */
#define UART_PSELRXD EO_REGISTER(EO_CONSOLE_BASE, 0x514u)

enum { PULLED_UP_INPUT = 3 << 2 };
enum { RESET_BY_PIN = 1 << 0, RESET_BY_WATCHDOG = 1 << 1, RESET_BY_PROGRAM = 1 << 2 };

/* What the UART's baud rate is derived from, and the timers run at. */
enum { PERIPHERAL_HZ = 16000000 };

/* The receiving pin is an input after reset, but one that is not connected. A debugger's console has no pins. */
static void console_pins(void) {
    if (EO_CONSOLE_BASE != 0 && EO_CONSOLE_TX_PIN >= 0) {
        const uint32_t pin = (uint32_t)EO_CONSOLE_TX_PIN, rx_pin = (uint32_t)EO_CONSOLE_RX_PIN;
        GPIO_OUTSET(pin >> 5) = 1u << (pin & 31u);
        GPIO_DIRSET(pin >> 5) = 1u << (pin & 31u);
        UART_PSELTXD = pin;                     /* bit 5 is the port */
        GPIO_PIN_CNF(rx_pin) = PULLED_UP_INPUT; /* an idle line is high, and so is one that nobody drives */
        UART_PSELRXD = rx_pin;
    }
}

struct eo_clocks mcu_init(void) {
    CLOCK_EVENTS_HFCLKSTARTED = 0;
    CLOCK_TASKS_HFCLKSTART = 1;
    (void)eo_wait(&CLOCK_EVENTS_HFCLKSTARTED, 1, 1); /* without the crystal, the internal oscillator goes on */
    NVMC_ICACHECNF = 1;
    console_pins();
    const struct eo_clocks clocks = {EO_CLOCK_HZ, PERIPHERAL_HZ, PERIPHERAL_HZ};
    return clocks;
}

enum eo_reset_cause mcu_reset_cause(void) {
    const uint32_t flags = POWER_RESETREAS;
    POWER_RESETREAS = flags; /* a 1 clears */
    if ((flags & RESET_BY_PIN) != 0) {
        return EO_RESET_PIN; /* first: such a reset may set the others too (nRF52840 errata sheet, anomaly 136) */
    }
    if ((flags & RESET_BY_WATCHDOG) != 0) {
        return EO_RESET_WATCHDOG;
    }
    if ((flags & RESET_BY_PROGRAM) != 0) {
        return EO_RESET_SOFTWARE;
    }
    return flags == 0 ? EO_RESET_POWER : EO_RESET_UNKNOWN; /* no flag is set by power-on and by brown-out */
}

/* The core's clock stops in WFI, and SysTick with it. */
int mcu_systick_runs_asleep(void) {
    return 0;
}

/* console_cmsdk_uart.c -- the UART of Arm's Cortex-M System Design Kit (MPS2 and MPS3 boards). */
#include "eo_board.h"
#include "eo_platform.h"

#define DATA EO_REGISTER(EO_CONSOLE_BASE, 0x00u)
#define STATE EO_REGISTER(EO_CONSOLE_BASE, 0x04u)
#define CONTROL EO_REGISTER(EO_CONSOLE_BASE, 0x08u)
#define INTERRUPT_CLEAR EO_REGISTER(EO_CONSOLE_BASE, 0x0Cu)
#define BAUD_DIVIDER EO_REGISTER(EO_CONSOLE_BASE, 0x10u) /* at least 16 */

enum { STATE_TX_FULL = 1, STATE_RX_FULL = 2, CONTROL_TX_ENABLE = 1, CONTROL_RX_ENABLE = 2, CONTROL_RX_INTERRUPT = 8 };
enum { INTERRUPT_RX = 2 };

void console_init(uint32_t console_hz) {
    BAUD_DIVIDER = (console_hz + EO_CONSOLE_BAUD / 2u) / EO_CONSOLE_BAUD;
    CONTROL = CONTROL_TX_ENABLE | CONTROL_RX_ENABLE | (EO_CONSOLE_IRQ >= 0 ? CONTROL_RX_INTERRUPT : 0);
}

int console_has_input(void) {
    return (STATE & STATE_RX_FULL) != 0;
}

int console_read(void) {
    while (!console_has_input()) {
    }
    INTERRUPT_CLEAR = INTERRUPT_RX; /* before the byte is taken, which lets the next one in */
    return (int)(DATA & 0xFFu);
}

void console_write(uint8_t byte) {
    while ((STATE & STATE_TX_FULL) != 0) {
    }
    DATA = byte;
}

void console_exit(int code) {
    (void)code;
}

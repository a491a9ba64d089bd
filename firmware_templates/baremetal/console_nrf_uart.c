/* console_nrf_uart.c -- the UART without DMA of Nordic's nRF51 (reference manual, section 29) and nRF52. */
#include "eo_board.h"
#include "eo_platform.h"

#define TASKS_STARTRX EO_REGISTER(EO_CONSOLE_BASE, 0x000u)
#define TASKS_STARTTX EO_REGISTER(EO_CONSOLE_BASE, 0x008u)
#define EVENTS_RXDRDY EO_REGISTER(EO_CONSOLE_BASE, 0x108u)
#define EVENTS_TXDRDY EO_REGISTER(EO_CONSOLE_BASE, 0x11Cu)
#define INTENSET EO_REGISTER(EO_CONSOLE_BASE, 0x304u)
#define ENABLE EO_REGISTER(EO_CONSOLE_BASE, 0x500u)
#define RXD EO_REGISTER(EO_CONSOLE_BASE, 0x518u)
#define TXD EO_REGISTER(EO_CONSOLE_BASE, 0x51Cu)
#define BAUDRATE EO_REGISTER(EO_CONSOLE_BASE, 0x524u)

enum { WAITS_A_BYTE = 64 }; /* a byte at 1,200 baud takes 8 ms, far longer than what eo_wait() waits */
enum { ENABLE_UART = 4, INTERRUPT_RXDRDY = 1 << 2 };

/* Phase added at each tick of 16 MHz, 2^32 a bit; the chip uses the upper 20 bits. A constant: no division at run time.
 */
#define BAUD_INCREMENT (((uint64_t)EO_CONSOLE_BAUD << 32) / 16000000u)

void console_init(uint32_t console_hz) {
    (void)console_hz; /* always 16 MHz */
    BAUDRATE = (uint32_t)(BAUD_INCREMENT + 0x800u) & 0xFFFFF000u;
    ENABLE = ENABLE_UART;
    EVENTS_RXDRDY = 0;
    EVENTS_TXDRDY = 0;
    if (EO_CONSOLE_IRQ >= 0) {
        INTENSET = INTERRUPT_RXDRDY;
    }
    TASKS_STARTRX = 1;
    TASKS_STARTTX = 1;
}

int console_has_input(void) {
    return EVENTS_RXDRDY != 0;
}

int console_read(void) {
    while (!console_has_input()) {
    }
    EVENTS_RXDRDY = 0; /* before RXD is read, which lets the next byte in */
    return (int)(RXD & 0xFFu);
}

void console_write(uint8_t byte) {
    EVENTS_TXDRDY = 0;
    TXD = byte;
    for (int waits = 0; waits < WAITS_A_BYTE && !eo_wait(&EVENTS_TXDRDY, 1, 1); waits++) {
    }
}

void console_exit(int code) {
    (void)code;
}

/* console_pl011.c -- Arm PrimeCell UART PL011 (DDI 0183, chapter 3; RP2040). */
#include "eo_board.h"
#include "eo_platform.h"

#define DR EO_REGISTER(EO_CONSOLE_BASE, 0x00u)
#define FR EO_REGISTER(EO_CONSOLE_BASE, 0x18u)
#define IBRD EO_REGISTER(EO_CONSOLE_BASE, 0x24u)
#define FBRD EO_REGISTER(EO_CONSOLE_BASE, 0x28u)
#define LCR_H EO_REGISTER(EO_CONSOLE_BASE, 0x2Cu)
#define CR EO_REGISTER(EO_CONSOLE_BASE, 0x30u)
#define IFLS EO_REGISTER(EO_CONSOLE_BASE, 0x34u)
#define IMSC EO_REGISTER(EO_CONSOLE_BASE, 0x38u)

enum { FR_RX_EMPTY = 1 << 4, FR_TX_FULL = 1 << 5 };
enum { LCR_H_FIFO = 1 << 4, LCR_H_8_BITS = 3 << 5 };
enum { WAITS_A_BYTE = 64 }; /* a byte at 1,200 baud takes 8 ms, far longer than what eo_wait() waits */
enum { INTERRUPT_RX = 1 << 4, INTERRUPT_RX_TIMEOUT = 1 << 6 };
enum { CR_ENABLE = 1 << 0, CR_TX_ENABLE = 1 << 8, CR_RX_ENABLE = 1 << 9 };

void console_init(uint32_t console_hz) {
    /* The divisor is the clock over 16 times the baud rate, with six fraction bits; rounded. */
    const uint32_t divisor = (8u * console_hz / EO_CONSOLE_BAUD + 1u) / 2u;
    CR = 0;
    IBRD = divisor >> 6;
    FBRD = divisor & 0x3Fu;
    LCR_H = LCR_H_8_BITS | LCR_H_FIFO; /* this write also takes the divisor over */
    /* A quarter of a millisecond of silence, or a full eighth of the FIFO: so few bytes wake the core as well. */
    IFLS = 0;
    IMSC = EO_CONSOLE_IRQ >= 0 ? INTERRUPT_RX | INTERRUPT_RX_TIMEOUT : 0;
    CR = CR_ENABLE | CR_TX_ENABLE | CR_RX_ENABLE;
}

int console_has_input(void) {
    return (FR & FR_RX_EMPTY) == 0;
}

int console_read(void) {
    while (!console_has_input()) {
    }
    return (int)(DR & 0xFFu);
}

/* A UART that never has room (its clock is off) loses the byte instead of the program. */
void console_write(uint8_t byte) {
    for (int waits = 0; waits < WAITS_A_BYTE; waits++) {
        if (eo_wait(&FR, FR_TX_FULL, 0)) {
            DR = byte;
            return;
        }
    }
}

void console_exit(int code) {
    (void)code;
}

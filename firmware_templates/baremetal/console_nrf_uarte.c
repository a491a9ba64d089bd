/* console_nrf_uarte.c -- Nordic's UART with EasyDMA (nRF52840 product specification, section 6.34).
 *
 * Bytes come and go one at a time. Reception is started anew once a byte was taken, not by the shortcut ENDRX-STARTRX:
 * ENDRX is one flag, so of two bytes that the shortcut let into memory a program that was late would see one. Without
 * it, what comes before the next start waits in the receiver's own FIFO, and nothing is lost until that is full. */
#include "eo_board.h"
#include "eo_platform.h"

#define TASKS_STARTRX EO_REGISTER(EO_CONSOLE_BASE, 0x000u)
#define TASKS_STARTTX EO_REGISTER(EO_CONSOLE_BASE, 0x008u)
#define EVENTS_ENDRX EO_REGISTER(EO_CONSOLE_BASE, 0x110u)
#define EVENTS_ENDTX EO_REGISTER(EO_CONSOLE_BASE, 0x120u)
#define SHORTS EO_REGISTER(EO_CONSOLE_BASE, 0x200u)
#define INTENSET EO_REGISTER(EO_CONSOLE_BASE, 0x304u)
#define INTENCLR EO_REGISTER(EO_CONSOLE_BASE, 0x308u)
#define ENABLE EO_REGISTER(EO_CONSOLE_BASE, 0x500u)
#define BAUDRATE EO_REGISTER(EO_CONSOLE_BASE, 0x524u)
#define RXD_PTR EO_REGISTER(EO_CONSOLE_BASE, 0x534u)
#define RXD_MAXCNT EO_REGISTER(EO_CONSOLE_BASE, 0x538u)
#define TXD_PTR EO_REGISTER(EO_CONSOLE_BASE, 0x544u)
#define TXD_MAXCNT EO_REGISTER(EO_CONSOLE_BASE, 0x548u)
#define CONFIG EO_REGISTER(EO_CONSOLE_BASE, 0x56Cu)

enum { WAITS_A_BYTE = 64 }; /* a byte at 1,200 baud takes 8 ms, far longer than what eo_wait() waits */
enum { ENABLE_OFF = 0, ENABLE_UARTE = 8, INTERRUPT_ENDRX = 1 << 4 };

/* Phase added at each tick of 16 MHz, 2^32 a bit; the chip uses the upper 20 bits. A constant: no division at run time.
 */
#define BAUD_INCREMENT (((uint64_t)EO_CONSOLE_BAUD << 32) / 16000000u)

/* EasyDMA reaches RAM alone. */
static volatile uint8_t received;
static volatile uint8_t sent;

void console_init(uint32_t console_hz) {
    (void)console_hz;    /* always 16 MHz */
    ENABLE = ENABLE_OFF; /* a boot loader may have left it running */
    SHORTS = 0;
    INTENCLR = 0xFFFFFFFFu;
    CONFIG = 0; /* no flow control, no parity, one stop bit */
    BAUDRATE = (uint32_t)(BAUD_INCREMENT + 0x800u) & 0xFFFFF000u;
    ENABLE = ENABLE_UARTE;
    RXD_PTR = (uint32_t)(uintptr_t)&received;
    RXD_MAXCNT = 1;
    TXD_PTR = (uint32_t)(uintptr_t)&sent;
    TXD_MAXCNT = 1;
    EVENTS_ENDRX = 0;
    if (EO_CONSOLE_IRQ >= 0) {
        INTENSET = INTERRUPT_ENDRX;
    }
    TASKS_STARTRX = 1;
}

int console_has_input(void) {
    return EVENTS_ENDRX != 0;
}

int console_read(void) {
    while (!console_has_input()) {
    }
    const int byte = received;
    EVENTS_ENDRX = 0; /* before the start, which may end at once */
    TASKS_STARTRX = 1;
    return byte;
}

void console_write(uint8_t byte) {
    sent = byte;
    EVENTS_ENDTX = 0;
    TASKS_STARTTX = 1;
    for (int waits = 0; waits < WAITS_A_BYTE && !eo_wait(&EVENTS_ENDTX, 1, 1); waits++) {
    }
}

void console_exit(int code) {
    (void)code;
}

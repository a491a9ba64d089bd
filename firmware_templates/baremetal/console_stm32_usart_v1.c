/* console_stm32_usart_v1.c -- USART of STM32F4 and its kin (registers SR, DR, BRR, CR1 of RM0390). */
#include "eo_board.h"
#include "eo_platform.h"

#define SR EO_REGISTER(EO_CONSOLE_BASE, 0x00u)
#define DR EO_REGISTER(EO_CONSOLE_BASE, 0x04u)
#define BRR EO_REGISTER(EO_CONSOLE_BASE, 0x08u)
#define CR1 EO_REGISTER(EO_CONSOLE_BASE, 0x0Cu)

enum { WAITS_A_BYTE = 64 }; /* a byte at 1,200 baud takes 8 ms, far longer than what eo_wait() waits */
enum { SR_ERRORS = 0xF, SR_RX_NOT_EMPTY = 1 << 5, SR_TX_EMPTY = 1 << 7 };
enum { CR1_RX_ENABLE = 1 << 2, CR1_TX_ENABLE = 1 << 3, CR1_RX_INTERRUPT = 1 << 5, CR1_ENABLE = 1 << 13 };

void console_init(uint32_t console_hz) {
    CR1 = 0;
    BRR =
        (console_hz + EO_CONSOLE_BAUD / 2u) / EO_CONSOLE_BAUD; /* 16-fold oversampling: BRR counts clock ticks a bit */
    CR1 = CR1_ENABLE | CR1_RX_ENABLE | CR1_TX_ENABLE | (EO_CONSOLE_IRQ >= 0 ? CR1_RX_INTERRUPT : 0);
}

int console_has_input(void) {
    const uint32_t state = SR;
    if ((state & SR_RX_NOT_EMPTY) != 0) {
        return 1;
    }
    if ((state & SR_ERRORS) != 0) {
        /* An error without a byte, which would keep the interrupt pending: reading SR, then DR, clears it. */
        (void)DR;
    }
    return 0;
}

/* After an overrun DR has the older byte; the session's CRC finds that one is lost. */
int console_read(void) {
    while (!console_has_input()) {
    }
    return (int)(DR & 0xFFu);
}

/* A USART that never has room (its clock is off) loses the byte instead of the program. */
void console_write(uint8_t byte) {
    for (int waits = 0; waits < WAITS_A_BYTE; waits++) {
        if (eo_wait(&SR, SR_TX_EMPTY, SR_TX_EMPTY)) {
            DR = byte;
            return;
        }
    }
}

void console_exit(int code) {
    (void)code;
}

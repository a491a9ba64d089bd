/* console_stm32_usart_v2.c -- USART and LPUART of STM32F7, H7, L4, G0, U5 and their kin (registers CR1 to TDR; RM0432).
 */
#include "eo_board.h"
#include "eo_platform.h"

#define CR1 EO_REGISTER(EO_CONSOLE_BASE, 0x00u)
#define BRR EO_REGISTER(EO_CONSOLE_BASE, 0x0Cu)
#define ISR EO_REGISTER(EO_CONSOLE_BASE, 0x1Cu)
#define ICR EO_REGISTER(EO_CONSOLE_BASE, 0x20u)
#define RDR EO_REGISTER(EO_CONSOLE_BASE, 0x24u)
#define TDR EO_REGISTER(EO_CONSOLE_BASE, 0x28u)

enum { WAITS_A_BYTE = 64 }; /* a byte at 1,200 baud takes 8 ms, far longer than what eo_wait() waits */
enum { CR1_ENABLE = 1 << 0, CR1_RX_ENABLE = 1 << 2, CR1_TX_ENABLE = 1 << 3, CR1_RX_INTERRUPT = 1 << 5 };
enum { ISR_ERRORS = 0xF, ISR_RX_NOT_EMPTY = 1 << 5, ISR_TX_EMPTY = 1 << 7 };

/* LPUART1 of L4 and G0, of U5, of H7. It divides 256 times its clock; a USART, its clock. */
#define IS_LPUART (EO_CONSOLE_BASE == 0x40008000u || EO_CONSOLE_BASE == 0x46002400u || EO_CONSOLE_BASE == 0x58000C00u)

/* 256 * hz / baud, rounded, in 32 bits: baud rates are below 2^24. */
static uint32_t lpuart_divider(uint32_t hz) {
    return 256u * (hz / EO_CONSOLE_BAUD) + (256u * (hz % EO_CONSOLE_BAUD) + EO_CONSOLE_BAUD / 2u) / EO_CONSOLE_BAUD;
}

void console_init(uint32_t console_hz) {
    CR1 = 0;
    BRR = IS_LPUART ? lpuart_divider(console_hz) : (console_hz + EO_CONSOLE_BAUD / 2u) / EO_CONSOLE_BAUD;
    CR1 = CR1_ENABLE | CR1_RX_ENABLE | CR1_TX_ENABLE | (EO_CONSOLE_IRQ >= 0 ? CR1_RX_INTERRUPT : 0);
}

int console_has_input(void) {
    const uint32_t state = ISR;
    if ((state & ISR_ERRORS) != 0) {
        ICR = ISR_ERRORS; /* an overrun would block reception; the session's CRC finds what is lost */
    }
    return (state & ISR_RX_NOT_EMPTY) != 0;
}

int console_read(void) {
    while (!console_has_input()) {
    }
    return (int)(RDR & 0xFFu);
}

/* A UART that never has room (its clock is off) loses the byte instead of the program. */
void console_write(uint8_t byte) {
    for (int waits = 0; waits < WAITS_A_BYTE; waits++) {
        if (eo_wait(&ISR, ISR_TX_EMPTY, ISR_TX_EMPTY)) {
            TDR = byte;
            return;
        }
    }
}

void console_exit(int code) {
    (void)code;
}

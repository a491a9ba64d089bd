/* console_stm32_usart_v2.c -- USART and LPUART of STM32L4, G0 and their kin (registers CR1..TDR). */
#include "eo_board.h"
#include "eo_platform.h"

#define CR1 EO_REGISTER(EO_CONSOLE_BASE, 0x00u)
#define BRR EO_REGISTER(EO_CONSOLE_BASE, 0x0Cu)
#define ISR EO_REGISTER(EO_CONSOLE_BASE, 0x1Cu)
#define ICR EO_REGISTER(EO_CONSOLE_BASE, 0x20u)
#define RDR EO_REGISTER(EO_CONSOLE_BASE, 0x24u)
#define TDR EO_REGISTER(EO_CONSOLE_BASE, 0x28u)

enum { CR1_ENABLE = 1 << 0, CR1_RX_ENABLE = 1 << 2, CR1_TX_ENABLE = 1 << 3 };
enum { ISR_ERRORS = 0xF, ISR_RX_NOT_EMPTY = 1 << 5, ISR_TX_EMPTY = 1 << 7 };

/* LPUART1, at the same address in both families, divides 256 times its clock; a USART, its clock. */
#define IS_LPUART (EO_CONSOLE_BASE == 0x40008000u)

void console_init(uint32_t console_hz) {
    const uint32_t clock = IS_LPUART ? console_hz * 256u : console_hz; /* 16 MHz * 256 has 32 bits */
    CR1 = 0;
    BRR = (clock + EO_CONSOLE_BAUD / 2u) / EO_CONSOLE_BAUD;
    CR1 = CR1_ENABLE | CR1_RX_ENABLE | CR1_TX_ENABLE;
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

void console_write(uint8_t byte) {
    while ((ISR & ISR_TX_EMPTY) == 0) {
    }
    TDR = byte;
}

void console_exit(int code) {
    (void)code;
}

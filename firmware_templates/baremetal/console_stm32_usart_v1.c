/* console_stm32_usart_v1.c -- USART of STM32F4 and its kin (registers SR, DR, BRR, CR1). */
#include "eo_board.h"
#include "eo_platform.h"

#define SR EO_REGISTER(EO_CONSOLE_BASE, 0x00u)
#define DR EO_REGISTER(EO_CONSOLE_BASE, 0x04u)
#define BRR EO_REGISTER(EO_CONSOLE_BASE, 0x08u)
#define CR1 EO_REGISTER(EO_CONSOLE_BASE, 0x0Cu)

enum { SR_RX_NOT_EMPTY = 1 << 5, SR_TX_EMPTY = 1 << 7 };
enum { CR1_RX_ENABLE = 1 << 2, CR1_TX_ENABLE = 1 << 3, CR1_ENABLE = 1 << 13 };

void console_init(uint32_t console_hz) {
    CR1 = 0;
    BRR =
        (console_hz + EO_CONSOLE_BAUD / 2u) / EO_CONSOLE_BAUD; /* 16-fold oversampling: BRR counts clock ticks a bit */
    CR1 = CR1_ENABLE | CR1_RX_ENABLE | CR1_TX_ENABLE;
}

int console_has_input(void) {
    return (SR & SR_RX_NOT_EMPTY) != 0;
}

int console_read(void) {
    while (!console_has_input()) {
    }
    return (int)(DR & 0xFFu); /* reading SR, then DR, clears an overrun as well */
}

void console_write(uint8_t byte) {
    while ((SR & SR_TX_EMPTY) == 0) {
    }
    DR = byte;
}

void console_exit(int code) {
    (void)code;
}

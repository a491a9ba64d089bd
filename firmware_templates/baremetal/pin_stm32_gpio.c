/* pin_stm32_gpio.c -- the timestamp pin on a port of an STM32 (registers MODER, BSRR; alike from F4 to U5). */
#include "eo_board.h"
#include "eo_platform.h"

#define PORT_ENABLE EO_REGISTER(EO_PIN_ENABLE_REGISTER, 0u)
#define MODER EO_REGISTER(EO_PIN_BASE, 0x00u)
#define BSRR EO_REGISTER(EO_PIN_BASE, 0x18u)

#define PIN (1u << EO_PIN_NUMBER)
#define MODE_SHIFT (2u * EO_PIN_NUMBER)

void pin_init(void) {
    PORT_ENABLE |= 1u << EO_PIN_ENABLE_BIT;
    (void)PORT_ENABLE; /* the clock needs two cycles: errata sheets */
    BSRR = PIN;        /* high before it is an output: no pulse that nobody asked for */
    MODER = (MODER & ~(3u << MODE_SHIFT)) | (1u << MODE_SHIFT);
}

void pin_set(int level) {
    BSRR = level != 0 ? PIN : PIN << 16;
}

/* pin_nrf_gpio.c -- a pin of an nRF51's or nRF52's port (nRF52840 product specification, section 6.9). */
#include "eo_board.h"
#include "eo_platform.h"

#define OUTSET EO_REGISTER(EO_PIN_BASE, 0x508u)
#define OUTCLR EO_REGISTER(EO_PIN_BASE, 0x50Cu)
#define DIRSET EO_REGISTER(EO_PIN_BASE, 0x518u)

void pin_init(void) {
    OUTSET = 1u << EO_PIN_NUMBER; /* high before it drives */
    DIRSET = 1u << EO_PIN_NUMBER;
}

void pin_set(int level) {
    if (level != 0) {
        OUTSET = 1u << EO_PIN_NUMBER;
    } else {
        OUTCLR = 1u << EO_PIN_NUMBER;
    }
}

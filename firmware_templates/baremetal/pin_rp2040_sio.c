/* pin_rp2040_sio.c -- a pin of the RP2040 by its single-cycle IO (datasheet, sections 2.3.1 and 2.19). EO_PIN_BASE is
 * the SIO's. */
#include "eo_board.h"
#include "eo_platform.h"

#define GPIO_CTRL EO_REGISTER(0x40014000u, 8u * EO_PIN_NUMBER + 4u)
#define GPIO_OUT_SET EO_REGISTER(EO_PIN_BASE, 0x14u)
#define GPIO_OUT_CLR EO_REGISTER(EO_PIN_BASE, 0x18u)
#define GPIO_OE_SET EO_REGISTER(EO_PIN_BASE, 0x24u)

enum { FUNCTION_SIO = 5 };

void pin_init(void) {
    GPIO_OUT_SET = 1u << EO_PIN_NUMBER; /* high before it drives */
    GPIO_OE_SET = 1u << EO_PIN_NUMBER;
    GPIO_CTRL = FUNCTION_SIO;
}

void pin_set(int level) {
    if (level != 0) {
        GPIO_OUT_SET = 1u << EO_PIN_NUMBER;
    } else {
        GPIO_OUT_CLR = 1u << EO_PIN_NUMBER;
    }
}

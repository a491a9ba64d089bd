/* pin_cmsdk_gpio.c -- the timestamp pin on an AHB GPIO of Arm's Cortex-M System Design Kit (ARM DDI 0479, section 4.2,
 * remembered). One store sets or clears: its address masks all other pins. */
#include "eo_board.h"
#include "eo_platform.h"

enum { LOWER_PINS = 8, MASKED_LOWER = 0x400, MASKED_UPPER = 0x800 };

#define OUTENSET EO_REGISTER(EO_PIN_BASE, 0x010u)
#define MASKED (EO_PIN_NUMBER < LOWER_PINS ? MASKED_LOWER : MASKED_UPPER)
#define OUTPUT EO_REGISTER(EO_PIN_BASE, (uint32_t)MASKED + (4u << (EO_PIN_NUMBER % LOWER_PINS)))

void pin_init(void) {
    OUTPUT = 1u << EO_PIN_NUMBER; /* high before it drives */
    OUTENSET = 1u << EO_PIN_NUMBER;
}

void pin_set(int level) {
    OUTPUT = level != 0 ? 1u << EO_PIN_NUMBER : 0u;
}

/* pin_none.c -- a board without a timestamp pin. */
#include "eo_platform.h"

void pin_init(void) {
}

void pin_set(int level) {
    (void)level;
}

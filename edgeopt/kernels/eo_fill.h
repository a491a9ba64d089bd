/* eo_fill -- gives every element of an array the same value, whatever its type.
 *
 *   out   `count` elements of `width` bytes */
#ifndef EO_FILL_H
#define EO_FILL_H

#include "eo_arch.h"

struct eo_fill_params {
    int32_t count;
    int32_t width;        /* bytes of an element; 1 also for wider ones whose bytes are all the same */
    const uint8_t *value; /* [width] */
};

void eo_fill(const struct eo_fill_params *p, void *out);

#endif

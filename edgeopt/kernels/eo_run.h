/* eo_run.h -- short copies, which a call of memcpy would outweigh. */
#ifndef EO_RUN_H
#define EO_RUN_H

#include "eo_arch.h"

#define EO_SHORT_COPY 16

/* `count` bytes from any address to any other; they do not overlap. */
static inline void eo_copy_run(uint8_t *to, const uint8_t *from, int32_t count) {
    if (count >= EO_SHORT_COPY) {
        __builtin_memcpy(to, from, (size_t)count);
        return;
    }
    for (; count > 0; count--) {
        *to++ = *from++;
    }
}

#endif

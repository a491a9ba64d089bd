/* eo_lines_s16.h -- a function of int16 by straight lines between 513 values.
 *
 * Twin of edgeopt/ops/int16/_lines.py. Source: TensorFlow Lite's table lookup for int16. */
#ifndef EO_LINES_S16_H
#define EO_LINES_S16_H

#include "eo_arch.h"

/* table[513] is int16 at -32768, -32640, ... 32768; x in -32768..32767. */
static inline int32_t eo_between_lines_s16(const int16_t *table, int32_t x) {
    const int16_t *const node = table + 256 + (x >> 7);
    const int32_t start = node[0], rise = node[1] - start;
    return start + ((rise * (x & 127) + 64) >> 7);
}

#endif

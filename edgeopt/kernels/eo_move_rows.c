#include "eo_move_rows.h"

void eo_move_rows(const struct eo_move_rows_params *p, const void *in, void *out) {
    const uint32_t *from = (const uint32_t *)in;
    uint32_t *to = (uint32_t *)out;
    int32_t left = p->bytes;
    for (; left >= 16; left -= 16) {
        const uint32_t a = from[0], b = from[1], c = from[2], d = from[3];
        to[0] = a;
        to[1] = b;
        to[2] = c;
        to[3] = d;
        from += 4;
        to += 4;
    }
    const uint8_t *last = (const uint8_t *)from;
    uint8_t *end = (uint8_t *)to;
    for (; left > 0; left--) {
        *end++ = *last++;
    }
}

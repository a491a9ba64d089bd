#include "eo_fill.h"

void eo_fill(const struct eo_fill_params *p, void *out) {
    if (p->width == 1) {
        __builtin_memset(out, (int)p->value[0], (size_t)p->count);
        return;
    }
    uint8_t *to = (uint8_t *)out;
    for (int32_t left = p->count; left > 0; left--) {
        for (int32_t i = 0; i < p->width; i++) {
            *to++ = p->value[i];
        }
    }
}

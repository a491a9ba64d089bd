#include "eo_lut_s8.h"

void eo_lut_s8(const struct eo_lut_s8_params *p, const void *in, void *out) {
    const uint8_t *const table = p->table;
    const uint8_t *x = (const uint8_t *)in;
    uint8_t *y = (uint8_t *)out;
    for (int32_t i = p->count; i > 0; i--) {
        *y++ = table[*x++];
    }
}

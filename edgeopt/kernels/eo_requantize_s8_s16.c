#include "eo_requantize_s8_s16.h"
#include "eo_requant.h"

void eo_requantize_s8_s16(const struct eo_requantize_s8_s16_params *p, const int8_t *in, int16_t *out) {
    for (int32_t i = 0; i < p->count; i++) {
        const int32_t x = eo_requantize(in[i] + p->in_offset, p->multiplier, (int)p->shift);
        /* the first clamp keeps the sum in 32 bits */
        out[i] = (int16_t)eo_clamp(eo_clamp(x, -((int32_t)1 << 20), (int32_t)1 << 20) + p->out_offset, -32768, 32767);
    }
}

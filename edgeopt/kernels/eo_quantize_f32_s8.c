#include "eo_quantize_f32_s8.h"

/* x to the nearest integer, halves away from zero, |x| < 2^24: adding 0.5 would round twice. */
static int32_t round_away(float x) {
    const int32_t whole = (int32_t)x;
    const float rest = x - (float)whole;
    return whole + (rest >= 0.5f ? 1 : 0) - (rest <= -0.5f ? 1 : 0);
}

void eo_quantize_f32_s8(const struct eo_quantize_f32_s8_params *p, const float *in, int8_t *out) {
    for (int32_t i = 0; i < p->count; i++) {
        const float x = in[i] / p->scale;
        int32_t q = -128;
        if (x > -512.0f) { /* not so for not-a-number */
            q = x < 512.0f ? round_away(x) + p->zero_point : 127;
        }
        out[i] = (int8_t)eo_saturate_s8(q);
    }
}

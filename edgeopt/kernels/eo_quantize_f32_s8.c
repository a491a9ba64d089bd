#include "eo_quantize_f32_s8.h"
#include "eo_round_f32.h"

void eo_quantize_f32_s8(const struct eo_quantize_f32_s8_params *p, const float *in, int8_t *out) {
    for (int32_t i = 0; i < p->count; i++) {
        const float x = in[i] / p->scale;
        int32_t q = -128;
        if (x > -512.0f) { /* not so for not-a-number */
            q = x < 512.0f ? eo_round_away(x) + p->zero_point : 127;
        }
        out[i] = (int8_t)eo_saturate_s8(q);
    }
}

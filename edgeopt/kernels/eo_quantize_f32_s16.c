#include "eo_quantize_f32_s16.h"
#include "eo_round_f32.h"

void eo_quantize_f32_s16(const struct eo_quantize_f32_s16_params *p, const float *in, int16_t *out) {
    for (int32_t i = 0; i < p->count; i++) {
        const float x = in[i] / p->scale;
        int32_t q = -32768;
        if (x > -131072.0f) { /* not so for not-a-number */
            q = x < 131072.0f ? eo_round_away(x) + p->zero_point : 32767;
        }
        const int16_t y = (int16_t)eo_saturate_s16(q);
        __builtin_memcpy(out + i, &y, sizeof y); /* may be a float's memory */
    }
}

#include "eo_dequantize_s16_f32.h"

void eo_dequantize_s16_f32(const struct eo_dequantize_s16_f32_params *p, const int16_t *in, float *out) {
    for (int32_t i = 0; i < p->count; i++) {
        out[i] = p->scale * (float)(in[i] - p->zero_point);
    }
}

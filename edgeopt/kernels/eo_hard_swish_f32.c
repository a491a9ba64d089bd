#include "eo_float.h"
#include "eo_hard_swish_f32.h"

void eo_hard_swish_f32(const struct eo_hard_swish_f32_params *p, const float *in, float *out) {
    for (int32_t i = 0; i < p->count; i++) {
        const float shifted = in[i] + 3.0f;
        const float above = shifted > 0.0f ? shifted : 0.0f;
        out[i] = in[i] * (above < 6.0f ? above : 6.0f) / 6.0f;
    }
}

#include "eo_float.h"
#include "eo_clamp_f32.h"

void eo_clamp_f32(const struct eo_clamp_f32_params *p, const float *in, float *out) {
    for (int32_t i = 0; i < p->count; i++) {
        out[i] = eo_limit_f32(in[i], p->low, p->high);
    }
}

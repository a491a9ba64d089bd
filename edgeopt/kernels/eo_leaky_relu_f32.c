#include "eo_float.h"
#include "eo_leaky_relu_f32.h"

void eo_leaky_relu_f32(const struct eo_leaky_relu_f32_params *p, const float *in, float *out) {
    for (int32_t i = 0; i < p->count; i++) {
        out[i] = in[i] > 0.0f ? in[i] : in[i] * p->alpha;
    }
}

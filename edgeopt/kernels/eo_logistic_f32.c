#include "eo_float.h"
#include "eo_logistic_f32.h"
#include "eo_math_f32.h"

void eo_logistic_f32(const struct eo_logistic_f32_params *p, const float *in, float *out) {
    for (int32_t i = 0; i < p->count; i++) {
        out[i] = eo_logistic_f32_of(in[i]);
    }
}

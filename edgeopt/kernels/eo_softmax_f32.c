#include "eo_float.h"
#include "eo_softmax_f32.h"
#include "eo_math_f32.h"

void eo_softmax_f32(const struct eo_softmax_f32_params *p, const float *in, float *out) {
    for (int32_t row = p->rows; row > 0; row--, in += p->depth, out += p->depth) {
        float largest = -3.40282347e+38f;
        for (int32_t i = 0; i < p->depth; i++) {
            largest = in[i] > largest ? in[i] : largest;
        }
        float sum = 0.0f;
        for (int32_t i = 0; i < p->depth; i++) {
            out[i] = eo_exp_f32_of((in[i] - largest) * p->beta);
            sum += out[i];
        }
        for (int32_t i = 0; i < p->depth; i++) {
            out[i] = out[i] / sum;
        }
    }
}

#include "eo_float.h"
#include "eo_dense_f32.h"
#include "eo_dot_f32.h"

void eo_dense_f32(const struct eo_dense_f32_params *p, const float *in, float *out) {
    const int32_t inputs = p->in_channels;
    for (int32_t batch = p->batches; batch > 0; batch--, in += inputs) {
        const float *row = p->weights;
        const float *bias = p->bias;
        int32_t left = p->out_channels;
        while (left > 0) {
            float acc[4] = {0.0f, 0.0f, 0.0f, 0.0f};
            const int32_t channels = left < 4 ? 1 : 4;
            if (channels == 4) {
                eo_dot_f32(in, row, inputs, inputs, acc);
            } else {
                eo_dot_one_f32(in, row, inputs, acc);
            }
            for (int32_t i = 0; i < channels; i++) {
                *out++ = eo_limit_f32(acc[i] + *bias++, p->clamp_low, p->clamp_high);
            }
            row += channels * inputs;
            left -= channels;
        }
    }
}

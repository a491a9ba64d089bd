#include "eo_dense_s8.h"
#include "eo_dot_s8.h"
#include "eo_requant.h"

/* Four output channels of one input vector; returns the next block of weights. */
static inline const uint32_t *dot_block(const struct eo_dense_s8_params *p, const uint32_t *weights, const int8_t *in,
                                        int32_t acc[4]) {
    const int8_t *const end = in + (p->in_channels & ~(int32_t)3);
    int32_t sum[4] = {0, 0, 0, 0};
    for (; in != end; in += 4, weights += 4) {
        eo_dot_1x4(in, weights, sum);
    }
    const int32_t rest = p->in_channels & 3;
    if (rest != 0) {
        int8_t last[4] = {0, 0, 0, 0};
        for (int32_t i = 0; i < rest; i++) {
            last[i] = in[i];
        }
        eo_dot_1x4(last, weights, sum);
        weights += 4;
    }
    for (int channel = 0; channel < 4; channel++) {
        acc[channel] = sum[channel];
    }
    return weights;
}

void eo_dense_s8(const struct eo_dense_s8_params *p, const int8_t *in, int8_t *out) {
    int8_t *to = out;
    for (int32_t batch = 0; batch < p->batches; batch++, in += p->in_channels) {
        const uint32_t *weights = p->weights;
        for (int32_t channel = 0; channel < p->out_channels;) {
            int32_t acc[4];
            weights = dot_block(p, weights, in, acc);
            for (int i = 0; i < 4 && channel < p->out_channels; i++, channel++) {
                const int32_t sum = eo_add_wrap(acc[i], p->bias[channel]);
                const int32_t constants = channel * p->channel_step;
                const int code = p->shift[constants];
                const int32_t multiplier = p->multiplier[constants];
                const int32_t x =
                    code < 0 ? eo_requantize_narrow(sum, multiplier, eo_narrow_nudge(p->out_zero_point, -code), -code)
                             : eo_requantize_any(sum, multiplier, code, p->out_zero_point);
                *to++ = (int8_t)x;
            }
        }
    }
    eo_clamp_all(out, p->batches * p->out_channels, p->clamp_low, p->clamp_high);
}

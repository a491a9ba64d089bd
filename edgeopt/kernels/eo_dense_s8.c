#include "eo_dense_s8.h"
#include "eo_dot_s8.h"
#include "eo_requant.h"

/* acc[0..3] += four output channels of one input vector; returns the next block of weights. */
static EO_OUT_OF_LINE const uint32_t *dot_block(const int8_t *in, int32_t in_channels, const uint32_t *weights,
                                                int32_t acc[4]) {
    const int32_t words = in_channels / 4, rest = in_channels % 4;
    if (words > 0) {
        eo_dot_1x4(in, weights, words, acc);
        weights += 4 * words;
    }
    if (rest > 0) {
        int8_t last[4] = {0, 0, 0, 0};
        for (int32_t i = 0; i < rest; i++) {
            last[i] = in[4 * words + i];
        }
        eo_dot_1x4(last, weights, 1, acc);
        weights += 4;
    }
    return weights;
}

void eo_dense_s8(const struct eo_dense_s8_params *p, const int8_t *in, int8_t *out) {
    int8_t *to = out;
    for (int32_t batch = 0; batch < p->batches; batch++, in += p->in_channels) {
        const uint32_t *weights = p->weights;
        const int32_t *multiplier = p->multiplier;
        const int8_t *shift = p->shift;
        for (int32_t channel = 0; channel < p->out_channels;) {
            int32_t acc[4] = {0, 0, 0, 0};
            weights = dot_block(in, p->in_channels, weights, acc);
            for (int i = 0; i < 4 && channel < p->out_channels; i++, channel++) {
                const int32_t sum = eo_add_wrap(acc[i], p->bias[channel]);
                const int code = *shift;
                const int32_t x =
                    code < 0 ? eo_requantize_narrow(sum, *multiplier, eo_narrow_nudge(p->out_zero_point, -code), -code)
                             : eo_requantize_any(sum, *multiplier, code, p->out_zero_point);
                *to++ = (int8_t)x;
                multiplier += p->channel_step;
                shift += p->channel_step;
            }
        }
    }
    eo_clamp_all(out, p->batches * p->out_channels, p->clamp_low, p->clamp_high);
}

/* eo_dense_layer_s8.h -- what eo_dense_s8 and eo_dense_w4_s8 are: parameters and the loop over channels. */
#ifndef EO_DENSE_LAYER_S8_H
#define EO_DENSE_LAYER_S8_H

#include "eo_dot_s8.h"
#include "eo_requant.h"

struct eo_dense_layer_s8_params {
    const uint32_t *weights;   /* packed, [ceil(out_channels / 4)][ceil(in_channels / 4)][4]: eo_dot_s8.h */
    const int32_t *bias;       /* [out_channels], minus in_zero_point * sum(weights) */
    const int32_t *multiplier; /* [out_channels], or [1] where channel_step is 0: eo_requant.h */
    const int8_t *shift;       /* as many codes: eo_requant.h */
    int32_t channel_step;      /* 1: multiplier and shift for each channel; 0: one for all */
    int32_t batches;
    int32_t in_channels;
    int32_t out_channels;
    int32_t out_zero_point;
    int32_t clamp_low; /* -128..127 */
    int32_t clamp_high;
};

/* acc[0..3] += four output channels of one input vector; returns the next block of weights. */
static EO_OUT_OF_LINE const uint32_t *eo_dot_block(const int8_t *in, int32_t in_channels, const uint32_t *weights,
                                                   int32_t acc[4], int bits) {
    const int32_t words = in_channels / 4, rest = in_channels % 4;
    if (words > 0) {
        eo_dot_1x4(in, weights, words, acc, bits);
        weights += eo_packed_words(4 * words, bits);
    }
    if (rest > 0) {
        int8_t last[4] = {0, 0, 0, 0};
        for (int32_t i = 0; i < rest; i++) {
            last[i] = in[4 * words + i];
        }
        eo_dot_1x4(last, weights, 1, acc, bits);
        weights += eo_packed_words(4, bits);
    }
    return weights;
}

EO_BODY void eo_dense_layer_s8(const struct eo_dense_layer_s8_params *p, const int8_t *in, int8_t *out, int bits) {
    const int32_t zero_point = p->out_zero_point, step = p->channel_step, out_channels = p->out_channels;
    int8_t *to = out;
    for (int32_t batch = p->batches; batch > 0; batch--, in += p->in_channels) {
        const uint32_t *weights = p->weights;
        const int32_t *bias = p->bias;
        const int32_t *multiplier = p->multiplier;
        const int8_t *shift = p->shift;
        for (int32_t left = out_channels; left > 0; left -= 4) {
            int32_t acc[4] = {0, 0, 0, 0};
            weights = eo_dot_block(in, p->in_channels, weights, acc, bits);
            const int32_t *sum = acc;
            const int8_t *const end = to + (left < 4 ? left : 4);
            do {
                const int code = *shift;
                const int32_t total = eo_add_wrap(eo_sum_of(*sum++, bits), *bias++);
                *to++ = (int8_t)(code < 0 ? eo_requantize_narrow(total, *multiplier, eo_narrow_nudge(zero_point, -code),
                                                                 -code)
                                          : eo_requantize_any(total, *multiplier, code, zero_point));
                multiplier += step;
                shift += step;
            } while (to != end);
        }
    }
    eo_clamp_all(out, (int32_t)(to - out), p->clamp_low, p->clamp_high);
}

#endif

/* eo_dense_layer_s16.h -- what eo_dense_s16 and eo_dense_w16_s16 are: parameters and the loop over channels. */
#ifndef EO_DENSE_LAYER_S16_H
#define EO_DENSE_LAYER_S16_H

#include "eo_dot_w16_s16.h"
#include "eo_requant64.h"

struct eo_dense_layer_s16_params {
    const uint32_t *weights;   /* packed, [ceil(out_channels / 4)][ceil(in_channels / 4)][4]: eo_dot_s16.h; int16 ones
                                  twice as many words: eo_dot_w16_s16.h */
    const int32_t *bias;       /* [out_channels]; NULL where sums need more than 32 bits */
    const int64_t *wide_bias;  /* [out_channels] where they do, else NULL */
    const int32_t *multiplier; /* [out_channels]: eo_requant64.h */
    const int8_t *shift;       /* [out_channels] codes: eo_requant64.h; NULL where the multipliers are Q32 */
    int32_t part_words;        /* words of four inputs whose sums fit in 32 bits */
    int32_t batches;
    int32_t in_channels;
    int32_t out_channels;
    int32_t clamp_low; /* -32768..32767 */
    int32_t clamp_high;
};

/* acc[0..3] += `count` inputs times four output channels; zeros pad the last word of the weights. */
static EO_OUT_OF_LINE void eo_dot_block_s16(const int16_t *in, int32_t count, const uint32_t *weights, int32_t acc[4],
                                            int bits) {
    const int32_t words = count / 4, rest = count % 4;
    if (words > 0) {
        eo_dot_any_s16_1x4(in, weights, words, acc, bits);
    }
    if (rest > 0) {
        int16_t last[4] = {0, 0, 0, 0};
        for (int32_t i = 0; i < rest; i++) {
            last[i] = in[4 * words + i];
        }
        eo_dot_any_s16_1x4(last, weights + eo_weight_words_s16(4 * words, bits), 1, acc, bits);
    }
}

/* The outputs of four channels from `channel` on, in 32 bits; `count` of them exist. */
static inline void eo_block_of_four_s16(const struct eo_dense_layer_s16_params *p, const int16_t *in,
                                        const uint32_t *weights, int32_t channel, int32_t count, int32_t y[4],
                                        int bits) {
    int32_t acc[4] = {0, 0, 0, 0};
    eo_dot_block_s16(in, p->in_channels, weights, acc, bits);
    for (int32_t i = 0; i < count; i++) {
        const int32_t sum = eo_add_wrap(acc[i], p->bias[channel + i]);
        if (bits == 16) {
            y[i] = eo_requantize_q32(sum, p->multiplier[channel + i]);
            continue;
        }
        const int code = p->shift[channel + i];
        y[i] = eo_is_q15(code) ? eo_requantize_q15(sum, p->multiplier[channel + i], code)
                               : eo_requantize_by_code(sum, p->multiplier[channel + i], code);
    }
}

/* The same where sums need 64 bits: a part of the input at a time fits in 32. */
static EO_OUT_OF_LINE void eo_wide_block_of_four_s16(const struct eo_dense_layer_s16_params *p, const int16_t *in,
                                                     const uint32_t *weights, int32_t channel, int32_t count,
                                                     int32_t y[4], int bits) {
    const int32_t most = 4 * p->part_words;
    int64_t sums[4] = {0, 0, 0, 0};
    for (int32_t left = p->in_channels; left > 0;) {
        const int32_t inputs = left < most ? left : most;
        int32_t part[4] = {0, 0, 0, 0};
        eo_dot_block_s16(in, inputs, weights, part, bits);
        for (int i = 0; i < 4; i++) {
            sums[i] += part[i];
        }
        in += inputs;
        weights += eo_weight_words_s16(inputs, bits);
        left -= inputs;
    }
    for (int32_t i = 0; i < count; i++) {
        const int shift = p->shift[channel + i] - EO_LONG;
        y[i] = eo_requantize64(sums[i] + p->wide_bias[channel + i], p->multiplier[channel + i], shift);
    }
}

EO_BODY void eo_dense_layer_s16(const struct eo_dense_layer_s16_params *p, const int16_t *in, int16_t *out, int bits) {
    const int32_t block_size = eo_weight_words_s16((p->in_channels + 3) / 4 * 4, bits);
    for (int32_t batch = p->batches; batch > 0; batch--, in += p->in_channels) {
        const uint32_t *weights = p->weights;
        for (int32_t channel = 0; channel < p->out_channels; channel += 4, weights += block_size) {
            const int32_t left = p->out_channels - channel, count = left < 4 ? left : 4;
            int32_t y[4];
            if (p->wide_bias == NULL) {
                eo_block_of_four_s16(p, in, weights, channel, count, y, bits);
            } else {
                eo_wide_block_of_four_s16(p, in, weights, channel, count, y, bits);
            }
            for (int32_t i = 0; i < count; i++) {
                *out++ = (int16_t)eo_clamp(y[i], p->clamp_low, p->clamp_high);
            }
        }
    }
}

#endif

#include "eo_dense_s16.h"
#include "eo_dot_s16.h"
#include "eo_requant64.h"

/* acc[0..3] += `count` inputs times four output channels; zeros pad the last word of the weights. */
static EO_OUT_OF_LINE void dot_block(const int16_t *in, int32_t count, const uint32_t *weights, int32_t acc[4]) {
    const int32_t words = count / 4, rest = count % 4;
    if (words > 0) {
        eo_dot_s16_1x4(in, weights, words, acc);
    }
    if (rest > 0) {
        int16_t last[4] = {0, 0, 0, 0};
        for (int32_t i = 0; i < rest; i++) {
            last[i] = in[4 * words + i];
        }
        eo_dot_s16_1x4(last, weights + 4 * words, 1, acc);
    }
}

/* The outputs of four channels from `channel` on, in 32 bits; `count` of them exist. */
static void block_of_four(const struct eo_dense_s16_params *p, const int16_t *in, const uint32_t *weights,
                          int32_t channel, int32_t count, int32_t y[4]) {
    int32_t acc[4] = {0, 0, 0, 0};
    dot_block(in, p->in_channels, weights, acc);
    for (int32_t i = 0; i < count; i++) {
        const int32_t sum = eo_add_wrap(acc[i], p->bias[channel + i]);
        const int code = p->shift[channel + i];
        y[i] = eo_is_q15(code) ? eo_requantize_q15(sum, p->multiplier[channel + i], code)
                               : eo_requantize_by_code(sum, p->multiplier[channel + i], code);
    }
}

/* The same where sums need 64 bits: a part of the input at a time fits in 32. */
static EO_OUT_OF_LINE void wide_block_of_four(const struct eo_dense_s16_params *p, const int16_t *in,
                                              const uint32_t *weights, int32_t channel, int32_t count, int32_t y[4]) {
    int64_t sums[4] = {0, 0, 0, 0};
    for (int32_t left = p->in_channels; left > 0;) {
        const int32_t inputs = left < 4 * EO_DOT_WORDS_S16 ? left : 4 * EO_DOT_WORDS_S16;
        int32_t part[4] = {0, 0, 0, 0};
        dot_block(in, inputs, weights, part);
        for (int i = 0; i < 4; i++) {
            sums[i] += part[i];
        }
        in += inputs;
        weights += inputs;
        left -= inputs;
    }
    for (int32_t i = 0; i < count; i++) {
        const int shift = p->shift[channel + i] - EO_LONG;
        y[i] = eo_requantize64(sums[i] + p->wide_bias[channel + i], p->multiplier[channel + i], shift);
    }
}

void eo_dense_s16(const struct eo_dense_s16_params *p, const int16_t *in, int16_t *out) {
    const int32_t block_size = (p->in_channels + 3) / 4 * 4;
    for (int32_t batch = p->batches; batch > 0; batch--, in += p->in_channels) {
        const uint32_t *weights = p->weights;
        for (int32_t channel = 0; channel < p->out_channels; channel += 4, weights += block_size) {
            const int32_t left = p->out_channels - channel, count = left < 4 ? left : 4;
            int32_t y[4];
            if (p->wide_bias == NULL) {
                block_of_four(p, in, weights, channel, count, y);
            } else {
                wide_block_of_four(p, in, weights, channel, count, y);
            }
            for (int32_t i = 0; i < count; i++) {
                *out++ = (int16_t)eo_clamp(y[i], p->clamp_low, p->clamp_high);
            }
        }
    }
}

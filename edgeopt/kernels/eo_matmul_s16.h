/* eo_matmul_s16.h -- all output channels of two pixels: the inner part of every convolution on int16. */
#ifndef EO_MATMUL_S16_H
#define EO_MATMUL_S16_H

#include "eo_dot_w16_s16.h"
#include "eo_requant64.h"

/* What the channels of a layer need; see eo_dot_s16.h for the packing and eo_requant64.h for multiplier and shift.
 * Where `channels` is odd, the arrays have one more, which is computed and dropped. */
struct eo_matmul_s16 {
    const uint32_t *weights;   /* [pairs][words][2]; int16 ones [pairs][2 * words][2] */
    const int32_t *bias;       /* [2 * pairs]; NULL where sums need more than 32 bits */
    const int64_t *wide_bias;  /* [2 * pairs] where they do, else NULL */
    const int32_t *multiplier; /* [2 * pairs] */
    const int8_t *shift;       /* [2 * pairs] codes; NULL where the multipliers are Q32 */
    int32_t channels;
    int32_t words;      /* of a column: ceil(inputs / 4) */
    int32_t part_words; /* so many have sums of 32 bits, if sums need more */
    int32_t clamp_low;
    int32_t clamp_high;
};

/* Outputs are in the order of eo_dot_s16_2x2: pixels 0 and 1 of channel 0, then of channel 1; `pair` counts channels by
 * two. Sums of 32 bits: */
static inline void eo_pair_s16(const struct eo_matmul_s16 *m, int32_t pair, const int16_t *x0, const int16_t *x1,
                               int32_t y[4]) {
    const int32_t *const bias = m->bias + 2 * pair;
    const int32_t *const multiplier = m->multiplier + 2 * pair;
    const int code0 = m->shift[2 * pair], code1 = m->shift[2 * pair + 1];
    int32_t acc[4] = {bias[0], bias[0], bias[1], bias[1]};
    eo_dot_s16_2x2(x0, x1, m->weights + 2 * pair * m->words, m->words, acc);
    if (eo_is_q15(code0) && eo_is_q15(code1)) {
        y[0] = eo_requantize_q15(acc[0], multiplier[0], code0);
        y[1] = eo_requantize_q15(acc[1], multiplier[0], code0);
        y[2] = eo_requantize_q15(acc[2], multiplier[1], code1);
        y[3] = eo_requantize_q15(acc[3], multiplier[1], code1);
    } else {
        y[0] = eo_requantize_by_code(acc[0], multiplier[0], code0);
        y[1] = eo_requantize_by_code(acc[1], multiplier[0], code0);
        y[2] = eo_requantize_by_code(acc[2], multiplier[1], code1);
        y[3] = eo_requantize_by_code(acc[3], multiplier[1], code1);
    }
}

/* Sums of 64 bits: a part of the column at a time fits in 32. */
EO_BODY void eo_wide_sums_s16(const struct eo_matmul_s16 *m, int32_t pair, const int16_t *x0, const int16_t *x1,
                              int32_t y[4], int bits) {
    const uint32_t *weights = m->weights + eo_weight_words_s16(2 * pair * m->words, bits);
    const int64_t *const bias = m->wide_bias + 2 * pair;
    int64_t sums[4] = {bias[0], bias[0], bias[1], bias[1]};
    for (int32_t left = m->words; left > 0; left -= m->part_words) {
        const int32_t words = left < m->part_words ? left : m->part_words;
        int32_t part[4] = {0, 0, 0, 0};
        eo_dot_any_s16_2x2(x0, x1, weights, words, part, bits);
        for (int i = 0; i < 4; i++) {
            sums[i] += part[i];
        }
        x0 += 4 * words;
        x1 += 4 * words;
        weights += eo_weight_words_s16(2 * words, bits);
    }
    for (int i = 0; i < 4; i++) {
        const int32_t channel = 2 * pair + i / 2;
        y[i] = eo_requantize64(sums[i], m->multiplier[channel], m->shift[channel] - EO_LONG);
    }
}

static EO_OUT_OF_LINE void eo_wide_pair_s16(const struct eo_matmul_s16 *m, int32_t pair, const int16_t *x0,
                                            const int16_t *x1, int32_t y[4]) {
    eo_wide_sums_s16(m, pair, x0, x1, y, 8);
}

/* out0[c], out1[c] = clamp(requant(bias[c] + weights[c] . column 0, 1)), with int8 weights. */
static EO_OUT_OF_LINE void eo_matmul_s16_2px(const struct eo_matmul_s16 *m, const int16_t *x0, const int16_t *x1,
                                             int16_t *out0, int16_t *out1) {
    int32_t pair = 0;
    for (int32_t left = m->channels; left > 0; left -= 2, pair++) {
        int32_t y[4];
        if (m->wide_bias == NULL) {
            eo_pair_s16(m, pair, x0, x1, y);
        } else {
            eo_wide_pair_s16(m, pair, x0, x1, y);
        }
        /* what an odd last channel has too much is overwritten */
        out0[left > 1] = (int16_t)eo_clamp(y[2], m->clamp_low, m->clamp_high);
        out1[left > 1] = (int16_t)eo_clamp(y[3], m->clamp_low, m->clamp_high);
        out0[0] = (int16_t)eo_clamp(y[0], m->clamp_low, m->clamp_high);
        out1[0] = (int16_t)eo_clamp(y[1], m->clamp_low, m->clamp_high);
        out0 += 2;
        out1 += 2;
    }
}

/* The same with int16 weights and sums of 32 bits, clamped to int16 only. */
static EO_OUT_OF_LINE void eo_matmul_w16_s16_2px(const struct eo_matmul_s16 *m, const int16_t *x0, const int16_t *x1,
                                                 int16_t *out0, int16_t *out1) {
    const int32_t words = m->words;
    const uint32_t *weights = m->weights;
    const int32_t *bias = m->bias;
    const int32_t *multiplier = m->multiplier;
    for (int32_t left = m->channels; left > 0; left -= 2) {
        int32_t acc[4] = {bias[0], bias[0], bias[1], bias[1]};
        eo_dot_w16_s16_2x2(x0, x1, weights, words, acc);
        out0[left > 1] = (int16_t)eo_saturate_s16(eo_requantize_q32(acc[2], multiplier[1]));
        out1[left > 1] = (int16_t)eo_saturate_s16(eo_requantize_q32(acc[3], multiplier[1]));
        out0[0] = (int16_t)eo_saturate_s16(eo_requantize_q32(acc[0], multiplier[0]));
        out1[0] = (int16_t)eo_saturate_s16(eo_requantize_q32(acc[1], multiplier[0]));
        weights += 4 * words;
        bias += 2;
        multiplier += 2;
        out0 += 2;
        out1 += 2;
    }
}

/* The same with sums of 64 bits. */
static EO_OUT_OF_LINE void eo_wide_matmul_w16_s16_2px(const struct eo_matmul_s16 *m, const int16_t *x0,
                                                      const int16_t *x1, int16_t *out0, int16_t *out1) {
    int32_t pair = 0;
    for (int32_t left = m->channels; left > 0; left -= 2, pair++, out0 += 2, out1 += 2) {
        int32_t y[4];
        eo_wide_sums_s16(m, pair, x0, x1, y, 16);
        out0[left > 1] = (int16_t)eo_saturate_s16(y[2]);
        out1[left > 1] = (int16_t)eo_saturate_s16(y[3]);
        out0[0] = (int16_t)eo_saturate_s16(y[0]);
        out1[0] = (int16_t)eo_saturate_s16(y[1]);
    }
}

/* Weights of `bits`, a constant; 16: the outputs are clamped later, by eo_clamp_all_s16. */
EO_BODY void eo_matmul_any_s16_2px(const struct eo_matmul_s16 *m, const int16_t *x0, const int16_t *x1, int16_t *out0,
                                   int16_t *out1, int bits) {
    if (bits == 8) {
        eo_matmul_s16_2px(m, x0, x1, out0, out1);
    } else if (m->wide_bias == NULL) {
        eo_matmul_w16_s16_2px(m, x0, x1, out0, out1);
    } else {
        eo_wide_matmul_w16_s16_2px(m, x0, x1, out0, out1);
    }
}

#endif

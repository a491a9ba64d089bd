/* eo_matmul_s8.h -- all output channels of two pixels: the inner part of every convolution. */
#ifndef EO_MATMUL_S8_H
#define EO_MATMUL_S8_H

#include "eo_dot_s8.h"
#include "eo_requant.h"

/* What the channels of a layer need; see eo_dot_s8.h for the packing and eo_requant.h for multiplier and shift. Where
 * `channels` is odd, the arrays have one more, which is computed and dropped. */
struct eo_matmul_s8 {
    const uint32_t *weights;   /* [pairs][words][2], of int4 [pairs][words] */
    const int32_t *bias;       /* [2 * pairs] */
    const int32_t *multiplier; /* [2 * pairs] */
    const int8_t *shift;       /* [2 * pairs] codes */
    int32_t channels;
    int32_t words; /* of a column: ceil(inputs / 4) */
    int32_t out_zero_point;
};

/* out0[c], out1[c] = requant(bias[c] + weights[c] . column 0, 1). */
EO_BODY void eo_matmul_pixels(const struct eo_matmul_s8 *m, eo_columns columns, int8_t *out0, int8_t *out1, int bits) {
    const uint32_t *weights = m->weights;
    const int32_t *bias = m->bias;
    const int32_t *multiplier = m->multiplier;
    const int8_t *shift = m->shift;
    const int32_t words = m->words;
    const int32_t zero_point = m->out_zero_point;
    for (int32_t left = m->channels; left > 0; left -= 2) {
        const int32_t start0 = bits == 8 ? bias[0] : 0, start1 = bits == 8 ? bias[1] : 0;
        int32_t acc[4] = {start0, start0, start1, start1};
        eo_dot_2x2(columns, weights, words, acc, bits);
        for (int i = 0; bits != 8 && i < 4; i++) {
            acc[i] = eo_add_wrap(eo_sum_of(acc[i], bits), bias[i / 2]);
        }
        const int code0 = shift[0], code1 = shift[1];
        if ((code0 & code1) < 0) {
            const int32_t nudge0 = eo_narrow_nudge(zero_point, -code0), nudge1 = eo_narrow_nudge(zero_point, -code1);
            acc[0] = eo_requantize_narrow(acc[0], multiplier[0], nudge0, -code0);
            acc[1] = eo_requantize_narrow(acc[1], multiplier[0], nudge0, -code0);
            acc[2] = eo_requantize_narrow(acc[2], multiplier[1], nudge1, -code1);
            acc[3] = eo_requantize_narrow(acc[3], multiplier[1], nudge1, -code1);
        } else {
            acc[0] = eo_requantize_any(acc[0], multiplier[0], code0, zero_point);
            acc[1] = eo_requantize_any(acc[1], multiplier[0], code0, zero_point);
            acc[2] = eo_requantize_any(acc[2], multiplier[1], code1, zero_point);
            acc[3] = eo_requantize_any(acc[3], multiplier[1], code1, zero_point);
        }
        out0[left > 1] = (int8_t)acc[2]; /* what an odd last channel has too much is overwritten */
        out1[left > 1] = (int8_t)acc[3];
        out0[0] = (int8_t)acc[0];
        out1[0] = (int8_t)acc[1];
        weights += eo_packed_words(2 * words, bits);
        bias += 2;
        multiplier += 2;
        shift += 2;
        out0 += 2;
        out1 += 2;
    }
}

static EO_OUT_OF_LINE void eo_matmul_s8_2px(const struct eo_matmul_s8 *m, eo_columns columns, int8_t *out0,
                                            int8_t *out1) {
    eo_matmul_pixels(m, columns, out0, out1, 8);
}

static EO_OUT_OF_LINE void eo_matmul_w4_s8_2px(const struct eo_matmul_s8 *m, eo_columns columns, int8_t *out0,
                                               int8_t *out1) {
    eo_matmul_pixels(m, columns, out0, out1, 4);
}

/* The one or the other; `bits` is a constant. */
EO_BODY void eo_matmul_2px(const struct eo_matmul_s8 *m, eo_columns columns, int8_t *out0, int8_t *out1, int bits) {
    if (bits == 4) {
        eo_matmul_w4_s8_2px(m, columns, out0, out1);
    } else {
        eo_matmul_s8_2px(m, columns, out0, out1);
    }
}

#endif

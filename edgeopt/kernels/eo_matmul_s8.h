/* eo_matmul_s8.h -- all output channels of two pixels: the inner part of every convolution. */
#ifndef EO_MATMUL_S8_H
#define EO_MATMUL_S8_H

#include "eo_dot_s8.h"
#include "eo_requant.h"

/* What the channels of a layer need; see eo_dot_s8.h for the packing and eo_requant.h for multiplier and shift. */
struct eo_matmul_s8 {
    const uint32_t *weights;   /* [ceil(channels / 2)][words][2] */
    const int32_t *bias;       /* [channels] */
    const int32_t *multiplier; /* [channels] */
    const int8_t *shift;       /* [channels] codes */
    int32_t channels;
    int32_t words; /* of a column: ceil(inputs / 4) */
    int32_t out_zero_point;
};

/* out0[c], out1[c] = requant(bias[c] + weights[c] . column 0, 1). */
static EO_OUT_OF_LINE void eo_matmul_s8_2px(const struct eo_matmul_s8 *m, eo_columns columns, int8_t *out0,
                                            int8_t *out1) {
    const uint32_t *weights = m->weights;
    for (int32_t c = 0; c < m->channels; c += 2, weights += 2 * m->words) {
        const int32_t second = c + 1 < m->channels ? c + 1 : c; /* an odd last channel has a partner of zeros */
        int32_t acc[4] = {m->bias[c], m->bias[c], m->bias[second], m->bias[second]};
        eo_dot_2x2(columns, weights, m->words, acc);
        if (second != c) {
            eo_requantize_pair(acc[2], acc[3], m->multiplier[second], m->shift[second], m->out_zero_point,
                               out0 + second, out1 + second);
        }
        eo_requantize_pair(acc[0], acc[1], m->multiplier[c], m->shift[c], m->out_zero_point, out0 + c, out1 + c);
    }
}

#endif

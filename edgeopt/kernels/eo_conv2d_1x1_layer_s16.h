/* eo_conv2d_1x1_layer_s16.h -- what eo_conv2d_1x1_s16 and eo_conv2d_1x1_w16_s16 are: parameters, the loop over pixels.
 */
#ifndef EO_CONV2D_1X1_LAYER_S16_H
#define EO_CONV2D_1X1_LAYER_S16_H

#include "eo_matmul_s16.h"

struct eo_conv2d_1x1_layer_s16_params {
    const uint32_t *weights;   /* packed, [ceil(out_channels / 2)][words][2]: eo_dot_s16.h; int16 ones twice as many
                                  words: eo_dot_w16_s16.h */
    const int32_t *bias;       /* [ceil(out_channels / 2)][2], or NULL: eo_matmul_s16.h */
    const int64_t *wide_bias;  /* [ceil(out_channels / 2)][2], or NULL */
    const int32_t *multiplier; /* [ceil(out_channels / 2)][2]: eo_requant64.h */
    const int8_t *shift;       /* [ceil(out_channels / 2)][2] codes: eo_requant64.h; NULL where the
                                  multipliers are Q32 */
    int32_t part_words;        /* so many words of a column have sums of 32 bits: eo_matmul_s16.h */
    int32_t words;             /* in_channels / 4, a whole number >= 1 */
    int32_t out_channels;
    int32_t rows;
    int32_t cols;
    int32_t row_step; /* elements of `in` from a row to the next */
    int32_t col_step;
    int32_t clamp_low; /* -32768..32767 */
    int32_t clamp_high;
};

EO_BODY void eo_conv2d_1x1_layer_s16(const struct eo_conv2d_1x1_layer_s16_params *p, const int16_t *in, int16_t *out,
                                     int bits) {
    const struct eo_matmul_s16 matmul = {p->weights,      p->bias,  p->wide_bias,  p->multiplier, p->shift,
                                         p->out_channels, p->words, p->part_words, p->clamp_low,  p->clamp_high};
    int16_t *to = out;
    for (int32_t row = 0; row < p->rows; row++) {
        const int16_t *from = in + row * p->row_step;
        for (int32_t left = p->cols; left > 0; left -= 2) {
            const int32_t second = left > 1 ? 1 : 0; /* an odd last pixel is computed twice */
            const int16_t *const partner = from + second * p->col_step;
            eo_matmul_any_s16_2px(&matmul, from, partner, to, to + second * p->out_channels, bits);
            from = partner + p->col_step;
            to += (1 + second) * p->out_channels;
        }
    }
    if (bits == 16) {
        eo_clamp_all_s16(out, (int32_t)(to - out), p->clamp_low, p->clamp_high);
    }
}

#endif

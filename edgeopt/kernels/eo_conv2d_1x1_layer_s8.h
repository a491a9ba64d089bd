/* eo_conv2d_1x1_layer_s8.h -- what eo_conv2d_1x1_s8 and eo_conv2d_1x1_w4_s8 are: parameters and the loop over pixels.
 */
#ifndef EO_CONV2D_1X1_LAYER_S8_H
#define EO_CONV2D_1X1_LAYER_S8_H

#include "eo_matmul_s8.h"

struct eo_conv2d_1x1_layer_s8_params {
    const uint32_t *weights;   /* packed, [ceil(out_channels / 2)][words][2]: eo_dot_s8.h */
    const int32_t *bias;       /* [ceil(out_channels / 2)][2], minus in_zero_point * sum(weights) */
    const int32_t *multiplier; /* [ceil(out_channels / 2)][2]: eo_requant.h */
    const int8_t *shift;       /* [ceil(out_channels / 2)][2] codes: eo_requant.h */
    int32_t words;             /* in_channels / 4, a whole number >= 1 */
    int32_t out_channels;
    int32_t rows;
    int32_t cols;
    int32_t row_step; /* bytes of `in` from a row to the next */
    int32_t col_step;
    int32_t out_zero_point;
    int32_t clamp_low; /* -128..127 */
    int32_t clamp_high;
};

EO_BODY void eo_conv2d_1x1_layer_s8(const struct eo_conv2d_1x1_layer_s8_params *p, const int8_t *in, int8_t *out,
                                    void *scratch, int bits) {
    const struct eo_matmul_s8 matmul = {p->weights,      p->bias,  p->multiplier,    p->shift,
                                        p->out_channels, p->words, p->out_zero_point};
    int8_t *to = out;
    for (int32_t row = 0; row < p->rows; row++) {
        const int8_t *from = in + row * p->row_step;
        for (int32_t left = p->cols; left > 0; left -= 2) {
            const int32_t second = left > 1 ? 1 : 0; /* an odd last pixel is computed twice */
            const int8_t *const partner = from + second * p->col_step;
            const eo_columns columns = eo_make_columns((uint32_t *)scratch, from, partner, p->words);
            eo_matmul_2px(&matmul, columns, to, to + second * p->out_channels, bits);
            from = partner + p->col_step;
            to += (1 + second) * p->out_channels;
        }
    }
    eo_clamp_all(out, (int32_t)(to - out), p->clamp_low, p->clamp_high);
}

#endif

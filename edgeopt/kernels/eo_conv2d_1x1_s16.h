/* eo_conv2d_1x1_s16 -- pointwise convolution of int16 data with int8 weights, without padding.
 *   out[p][o] = clamp(requant(bias[o] + sum_i weights[o][i] * in[p][i]))
 *   in       rows x cols pixels of in_channels int16, `row_step` and `col_step` elements apart
 *   out      [rows][cols][out_channels] int16, may not overlap `in`
 *   scratch  none. A stride of 1 makes all pixels one row. */
#ifndef EO_CONV2D_1X1_S16_H
#define EO_CONV2D_1X1_S16_H

#include "eo_arch.h"

struct eo_conv2d_1x1_s16_params {
    const uint32_t *weights;   /* packed, [ceil(out_channels / 2)][words][2]: eo_dot_s16.h */
    const int32_t *bias;       /* [ceil(out_channels / 2)][2], or NULL: eo_matmul_s16.h */
    const int64_t *wide_bias;  /* [ceil(out_channels / 2)][2], or NULL */
    const int32_t *multiplier; /* [ceil(out_channels / 2)][2]: eo_requant64.h */
    const int8_t *shift;       /* [ceil(out_channels / 2)][2] codes: eo_requant64.h */
    int32_t words;             /* in_channels / 4, a whole number >= 1 */
    int32_t out_channels;
    int32_t rows;
    int32_t cols;
    int32_t row_step; /* elements of `in` from a row to the next */
    int32_t col_step;
    int32_t clamp_low; /* -32768..32767 */
    int32_t clamp_high;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_conv2d_1x1_s16(const struct eo_conv2d_1x1_s16_params *p, const int16_t *in, int16_t *out);
#ifdef __cplusplus
}
#endif

#endif

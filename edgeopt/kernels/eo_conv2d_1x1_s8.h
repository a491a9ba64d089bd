/* eo_conv2d_1x1_s8 -- pointwise convolution, int8, without padding.
 *   out[p][o] = clamp(requant(bias[o] + sum_i weights[o][i] * in[p][i]) + out_zero_point)
 *   in       rows x cols pixels of in_channels, `row_step` and `col_step` bytes apart; raw q
 *   out      [rows][cols][out_channels] int8, may not overlap `in`
 *   scratch  16 * words bytes, aligned to 4. A stride of 1 makes all pixels one row. */
#ifndef EO_CONV2D_1X1_S8_H
#define EO_CONV2D_1X1_S8_H

#include "eo_arch.h"

struct eo_conv2d_1x1_s8_params {
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

#ifdef __cplusplus
extern "C" {
#endif
void eo_conv2d_1x1_s8(const struct eo_conv2d_1x1_s8_params *p, const int8_t *in, int8_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif

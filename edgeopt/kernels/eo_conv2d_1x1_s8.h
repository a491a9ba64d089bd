/* eo_conv2d_1x1_s8 -- pointwise convolution, int8, without padding.
 *   out[p][o] = clamp(requant(bias[o] + sum_i weights[o][i] * in[p][i]) + out_zero_point)
 *   in       rows x cols pixels of in_channels, `row_step` and `col_step` bytes apart; raw q
 *   out      [rows][cols][out_channels] int8, may not overlap `in`
 *   scratch  16 * words bytes, aligned to 4. A stride of 1 makes all pixels one row. */
#ifndef EO_CONV2D_1X1_S8_H
#define EO_CONV2D_1X1_S8_H

#include "eo_conv2d_1x1_layer_s8.h"

#define eo_conv2d_1x1_s8_params eo_conv2d_1x1_layer_s8_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_conv2d_1x1_s8(const struct eo_conv2d_1x1_s8_params *p, const int8_t *in, int8_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif

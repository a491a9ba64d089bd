/* eo_conv2d_1x1_s16 -- pointwise convolution of int16 data with int8 weights, without padding.
 *   out[p][o] = clamp(requant(bias[o] + sum_i weights[o][i] * in[p][i]))
 *   in       rows x cols pixels of in_channels int16, `row_step` and `col_step` elements apart
 *   out      [rows][cols][out_channels] int16, may not overlap `in`
 *   scratch  none. A stride of 1 makes all pixels one row. */
#ifndef EO_CONV2D_1X1_S16_H
#define EO_CONV2D_1X1_S16_H

#include "eo_conv2d_1x1_layer_s16.h"

#define eo_conv2d_1x1_s16_params eo_conv2d_1x1_layer_s16_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_conv2d_1x1_s16(const struct eo_conv2d_1x1_s16_params *p, const int16_t *in, int16_t *out);
#ifdef __cplusplus
}
#endif

#endif

/* eo_depthwise_conv2d_s16 -- depthwise convolution of int16 data with int8 weights.
 *   out[y][x][c m + k] = clamp(requant(bias[c m + k] + sum_{i,j} weights[i][j][c m + k]
 *                              * in[y s + i d - pad][x s + j d - pad][c])), over the taps that are inside
 *   in       [batches][in_height][in_width][in_channels] int16
 *   out      [batches][out_height][out_width][in_channels * depth_multiplier] int16, may not overlap `in`
 *   scratch  none. Four channels at a time where the depth multiplier is 1. */
#ifndef EO_DEPTHWISE_CONV2D_S16_H
#define EO_DEPTHWISE_CONV2D_S16_H

#include "eo_depthwise_layer_s16.h"

#define eo_depthwise_conv2d_s16_params eo_depthwise_layer_s16_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_depthwise_conv2d_s16(const struct eo_depthwise_conv2d_s16_params *p, const int16_t *in, int16_t *out);
#ifdef __cplusplus
}
#endif

#endif

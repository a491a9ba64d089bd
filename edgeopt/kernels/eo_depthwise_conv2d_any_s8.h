/* eo_depthwise_conv2d_any_s8 -- depthwise convolution, int8, with any number of channels and any depth multiplier.
 *   out[y][x][c m + k] = clamp(requant(bias[c m + k] + sum_{i,j} weights[i][j][c m + k]
 *                              * (in[y s + i d - pad][x s + j d - pad][c] - in_zero_point)) + out_zero_point)
 *   in       [batches][in_height][in_width][in_channels] int8
 *   out      [batches][out_height][out_width][in_channels * depth_multiplier] int8, may not overlap `in`
 *   scratch  none. eo_depthwise_conv2d_s8 is the fast one. */
#ifndef EO_DEPTHWISE_CONV2D_ANY_S8_H
#define EO_DEPTHWISE_CONV2D_ANY_S8_H

#include "eo_depthwise_any_layer_s8.h"

#define eo_depthwise_conv2d_any_s8_params eo_depthwise_any_layer_s8_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_depthwise_conv2d_any_s8(const struct eo_depthwise_conv2d_any_s8_params *p, const int8_t *in, int8_t *out);
#ifdef __cplusplus
}
#endif

#endif

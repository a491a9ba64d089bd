/* eo_binary_weight_conv2d_s8 -- convolution of int8 with weights of +-1, as int8.
 *   acc[y][x][o] = sum_{i,j,c} +-(in[y s + i d - pad][x s + j d - pad][c] - in_zero_point), 0 outside of the image
 *   out[y][x][o] = clamp((limit(acc[y][x][o], low, high) * multiplier[o] + bias[o]) >> shift)
 *   in       [batches][in_height][in_width][in_channels] int8
 *   out      [batches][out_height][out_width][out_channels] int8, may not overlap `in`
 *   scratch  that of eo_quad_sums.h. */
#ifndef EO_BINARY_WEIGHT_CONV2D_S8_H
#define EO_BINARY_WEIGHT_CONV2D_S8_H

#include "eo_binary_weight_scaled_layer.h"

#define eo_binary_weight_conv2d_s8_params eo_binary_weight_scaled_layer_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_weight_conv2d_s8(const struct eo_binary_weight_conv2d_s8_params *p, const int8_t *in, int8_t *out,
                                void *scratch);
#ifdef __cplusplus
}
#endif

#endif

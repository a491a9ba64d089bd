/* eo_depthwise_conv2d_s8 -- depthwise convolution, int8, four channels at a time; one output channel an input channel.
 *   out[y][x][c] = clamp(requant(bias[c] + sum_{i,j} weights[i][j][c] * (in[y s + i d - pad][x s + j d - pad][c]
 *                                - in_zero_point)) + out_zero_point), over the taps that are inside
 *   in       [batches][in_height][in_width][channels] int8; channels >= 4, the last four may overlap those before
 *   out      [batches][out_height][out_width][channels] int8, may not overlap `in`
 *   scratch  8 * kernel_height * kernel_width bytes, aligned to 4: the weights of four channels. */
#ifndef EO_DEPTHWISE_CONV2D_S8_H
#define EO_DEPTHWISE_CONV2D_S8_H

#include "eo_depthwise_layer_s8.h"

#define eo_depthwise_conv2d_s8_params eo_depthwise_layer_s8_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_depthwise_conv2d_s8(const struct eo_depthwise_conv2d_s8_params *p, const int8_t *in, int8_t *out,
                            void *scratch);
#ifdef __cplusplus
}
#endif

#endif

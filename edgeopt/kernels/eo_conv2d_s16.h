/* eo_conv2d_s16 -- convolution of int16 data with int8 weights: any kernel, stride, dilation, padding and groups.
 *   out[y][x][o] = clamp(requant(bias[o] + sum_{i,j,c} weights[o][i][j][c] * in[y s + i d - pad][x s + j d - pad][c]))
 *   in       [batches][in_height][in_width][in_channels] int16; outside it is 0
 *   out      [batches][out_height][out_width][out_channels] int16, may not overlap `in`
 *   scratch  16 * words bytes, aligned to 4: two patches. */
#ifndef EO_CONV2D_S16_H
#define EO_CONV2D_S16_H

#include "eo_conv2d_layer_s16.h"

#define eo_conv2d_s16_params eo_conv2d_layer_s16_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_conv2d_s16(const struct eo_conv2d_s16_params *p, const int16_t *in, int16_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif

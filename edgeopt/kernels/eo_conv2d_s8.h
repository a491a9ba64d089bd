/* eo_conv2d_s8 -- convolution, int8: any kernel, stride, dilation, padding and number of groups.
 *   out[y][x][o] = clamp(requant(bias[o] + sum_{i,j,c} weights[o][i][j][c] * in[y s + i d - pad][x s + j d - pad][c])
 *                        + out_zero_point)
 *   in       [batches][in_height][in_width][in_channels] int8, raw q; outside it is in_zero_point
 *   out      [batches][out_height][out_width][out_channels] int8, may not overlap `in`
 *   scratch  24 * words bytes, aligned to 4: two patches and their columns. */
#ifndef EO_CONV2D_S8_H
#define EO_CONV2D_S8_H

#include "eo_conv2d_layer_s8.h"

#define eo_conv2d_s8_params eo_conv2d_layer_s8_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_conv2d_s8(const struct eo_conv2d_s8_params *p, const int8_t *in, int8_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif

/* eo_conv2d_winograd_s8 -- 3x3 convolution of stride 1, int8, by exact integer Winograd F(2x2, 3x3): eo_winograd.h.
 *   out[y][x][o] = clamp(requant(bias[o] + sum_{i,j,c} weights[o][i][j][c] * in[y + i - pad][x + j - pad][c])
 *                        + out_zero_point)
 *   in       [batches][in_height][in_width][in_channels] int8, raw q; outside it is in_zero_point
 *   out      [batches][out_height][out_width][out_channels] int8, may not overlap `in`; 2x2 pixels at least
 *   scratch  aligned to 4: 636 bytes; 128 + 8 * (out_width + 2) for each of in_channels, which count
 *            as a multiple of 4; and in_width * in_channels if there is padding */
#ifndef EO_CONV2D_WINOGRAD_S8_H
#define EO_CONV2D_WINOGRAD_S8_H

#include "eo_winograd_layer.h"

#define eo_conv2d_winograd_s8_params eo_winograd_layer_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_conv2d_winograd_s8(const struct eo_conv2d_winograd_s8_params *p, const int8_t *in, int8_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif

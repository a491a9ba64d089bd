/* eo_binary_weight_conv2d_3x3 -- eo_binary_weight_conv2d for windows of 3 x 3 and one channel, without pooling.
 *   acc[y][x][o] = sum_{i,j} +-(in[y + i - pad_top][x + j - pad_left] - in_zero_point), 0 outside of the image
 *   out[y][x][o] = acc[y][x][o] < a channel's threshold
 *   in       [batches][in_height][in_width] int8
 *   out      [batches][out_height][out_width][ceil(out_channels / 32)] words of bits, may not overlap `in`
 *   scratch  384 bytes, aligned to 4
 *   words    [out_channels], 8 * (bits of taps 0..3) + 2^11 * (bits of taps 4..8) + 2^16 * start, where a bit of 1
 *            turns the tap's sign; bit 15 of start + sum, which is 0..65535, is the channel's bit. any_mask = NULL. */
#ifndef EO_BINARY_WEIGHT_CONV2D_3X3_H
#define EO_BINARY_WEIGHT_CONV2D_3X3_H

#include "eo_binary_weight_3x3_layer.h"

#define eo_binary_weight_conv2d_3x3_params eo_binary_weight_3x3_layer_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_weight_conv2d_3x3(const struct eo_binary_weight_conv2d_3x3_params *p, const int8_t *in, int32_t *out,
                                 void *scratch);
#ifdef __cplusplus
}
#endif

#endif

/* eo_binary_weight_conv2d -- convolution of int8 with up to 128 weights of +-1 a channel, a threshold a channel, and a
 * max-pooling of the bits behind it.
 *   acc[y][x][o] = sum_{i,j,c} +-(in[y s + i d - pad][x s + j d - pad][c] - in_zero_point), 0 outside of the image
 *   bit[y][x][o] = acc[y][x][o] < a channel's threshold
 *   out[y][x][o] = AND of the bits of a pool, or OR where any_mask has channel o
 *   in       [batches][in_height][in_width][in_channels] int8
 *   out      [batches][out_height][out_width][ceil(out_channels / 32)] words of bits, may not overlap `in`
 *   scratch  512 * blocks + 32 bytes, aligned to 4; blocks = ceil(kernel_height * kernel_width * in_channels / 16)
 *   codes    [out_channels][1 + blocks]: start, then a bit a weight, where a bit of 1 turns the tap's sign; bit 15 of
 *            start + sum, which is 0..65535, is the channel's bit, or for channels of any_mask the opposite.
 *   groups = 1, thresholds = NULL. */
#ifndef EO_BINARY_WEIGHT_CONV2D_H
#define EO_BINARY_WEIGHT_CONV2D_H

#include "eo_binary_weight_layer.h"

#define eo_binary_weight_conv2d_params eo_binary_weight_layer_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_weight_conv2d(const struct eo_binary_weight_conv2d_params *p, const int8_t *in, int32_t *out,
                             void *scratch);
#ifdef __cplusplus
}
#endif

#endif

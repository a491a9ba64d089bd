/* eo_binary_weight_conv2d_3x3_pool -- eo_binary_weight_conv2d_3x3 without padding, then a max-pooling of 2 x 2 pixels.
 *   out[y][x][o] = AND of the bits of four pixels, or OR where any_mask has channel o
 *   out      [batches][out_height][out_width][ceil(out_channels / 32)] words of bits, may not overlap `in`
 *   words    by 32 channels, from the last of them to the first; for an odd number with one before it, whose sums have
 *            a bit 15 of 0. Channels of any_mask have the opposite bit. All else as in eo_binary_weight_conv2d_3x3. */
#ifndef EO_BINARY_WEIGHT_CONV2D_3X3_POOL_H
#define EO_BINARY_WEIGHT_CONV2D_3X3_POOL_H

#include "eo_binary_weight_3x3_layer.h"

#define eo_binary_weight_conv2d_3x3_pool_params eo_binary_weight_3x3_layer_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_weight_conv2d_3x3_pool(const struct eo_binary_weight_conv2d_3x3_pool_params *p, const int8_t *in,
                                      int32_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif

/* eo_binary_weight_conv2d_3x3 -- eo_binary_weight_conv2d for 3 x 3 windows of one channel, a step apart, without
 * pooling. in       [batches][in_height][in_width] int8 out      [batches][out_height][out_width][ceil(out_channels /
 * 32)] words of bits, may not overlap `in` scratch  384 bytes, aligned to 4 words    8 * (weights of taps 0..3) + 2^11
 * * (weights of taps 4..8) + 2^16 * start; a last one for an even number has bit 15 of start + sum 0. any_mask = NULL.
 */
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

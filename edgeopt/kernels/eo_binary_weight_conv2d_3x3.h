/* eo_binary_weight_conv2d_3x3 -- eo_binary_weight_conv2d for 3 x 3 windows of one channel: two look-ups a sum.
 *   scratch  384 bytes, aligned to 4
 *   codes    [out_channels][2]: 8 * (weights of taps 0..3) + 2048 * (weights of taps 4..8), a bit each, then start. */
#ifndef EO_BINARY_WEIGHT_CONV2D_3X3_H
#define EO_BINARY_WEIGHT_CONV2D_3X3_H

#include "eo_binary_weight_layer.h"

#define eo_binary_weight_conv2d_3x3_params eo_binary_weight_layer_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_weight_conv2d_3x3(const struct eo_binary_weight_conv2d_3x3_params *p, const int8_t *in, int32_t *out,
                                 void *scratch);
#ifdef __cplusplus
}
#endif

#endif

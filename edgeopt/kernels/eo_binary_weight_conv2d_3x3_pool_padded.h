/* eo_binary_weight_conv2d_3x3_pool_padded -- eo_binary_weight_conv2d_3x3_pool where there is padding. */
#ifndef EO_BINARY_WEIGHT_CONV2D_3X3_POOL_PADDED_H
#define EO_BINARY_WEIGHT_CONV2D_3X3_POOL_PADDED_H

#include "eo_binary_weight_3x3_layer.h"

#define eo_binary_weight_conv2d_3x3_pool_padded_params eo_binary_weight_3x3_layer_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_weight_conv2d_3x3_pool_padded(const struct eo_binary_weight_conv2d_3x3_pool_padded_params *p,
                                             const int8_t *in, int32_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif

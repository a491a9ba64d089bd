/* eo_binary_weight_conv2d_deep -- eo_binary_weight_conv2d for any number of weights a channel, and for groups.
 *   codes    those of eo_quad_sums.h
 *   scratch  that of eo_quad_sums.h */
#ifndef EO_BINARY_WEIGHT_CONV2D_DEEP_H
#define EO_BINARY_WEIGHT_CONV2D_DEEP_H

#include "eo_binary_weight_layer.h"

#define eo_binary_weight_conv2d_deep_params eo_binary_weight_layer_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_weight_conv2d_deep(const struct eo_binary_weight_conv2d_deep_params *p, const int8_t *in, int32_t *out,
                                  void *scratch);
#ifdef __cplusplus
}
#endif

#endif

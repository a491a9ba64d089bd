/* eo_depthwise_conv2d_any_w4_s8 -- eo_depthwise_conv2d_any_s8 with weights of 4 bits, -8..7, two a byte, the first in
 * the low half. Scratch: none. */
#ifndef EO_DEPTHWISE_CONV2D_ANY_W4_S8_H
#define EO_DEPTHWISE_CONV2D_ANY_W4_S8_H

#include "eo_depthwise_any_layer_s8.h"

#define eo_depthwise_conv2d_any_w4_s8_params eo_depthwise_any_layer_s8_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_depthwise_conv2d_any_w4_s8(const struct eo_depthwise_conv2d_any_w4_s8_params *p, const int8_t *in, int8_t *out);
#ifdef __cplusplus
}
#endif

#endif

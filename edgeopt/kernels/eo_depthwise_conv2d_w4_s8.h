/* eo_depthwise_conv2d_w4_s8 -- eo_depthwise_conv2d_s8 with weights of 4 bits, -8..7, packed as eo_first_weights says.
 *   scratch  8 * kernel_height * kernel_width bytes, aligned to 4: the weights of four channels. */
#ifndef EO_DEPTHWISE_CONV2D_W4_S8_H
#define EO_DEPTHWISE_CONV2D_W4_S8_H

#include "eo_depthwise_layer_s8.h"

#define eo_depthwise_conv2d_w4_s8_params eo_depthwise_layer_s8_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_depthwise_conv2d_w4_s8(const struct eo_depthwise_conv2d_w4_s8_params *p, const int8_t *in, int8_t *out,
                               void *scratch);
#ifdef __cplusplus
}
#endif

#endif

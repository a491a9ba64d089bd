/* eo_depthwise_conv2d_w16_s16 -- eo_depthwise_conv2d_s16 with weights of 16 bits, -32767..32767. */
#ifndef EO_DEPTHWISE_CONV2D_W16_S16_H
#define EO_DEPTHWISE_CONV2D_W16_S16_H

#include "eo_depthwise_layer_s16.h"

#define eo_depthwise_conv2d_w16_s16_params eo_depthwise_layer_s16_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_depthwise_conv2d_w16_s16(const struct eo_depthwise_conv2d_w16_s16_params *p, const int16_t *in, int16_t *out);
#ifdef __cplusplus
}
#endif

#endif

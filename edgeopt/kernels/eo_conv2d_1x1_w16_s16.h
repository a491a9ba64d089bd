/* eo_conv2d_1x1_w16_s16 -- eo_conv2d_1x1_s16 with weights of 16 bits, -16383..16383: eo_dot_w16_s16.h.
 *   in   aligned to 4. */
#ifndef EO_CONV2D_1X1_W16_S16_H
#define EO_CONV2D_1X1_W16_S16_H

#include "eo_conv2d_1x1_layer_s16.h"

#define eo_conv2d_1x1_w16_s16_params eo_conv2d_1x1_layer_s16_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_conv2d_1x1_w16_s16(const struct eo_conv2d_1x1_w16_s16_params *p, const int16_t *in, int16_t *out);
#ifdef __cplusplus
}
#endif

#endif

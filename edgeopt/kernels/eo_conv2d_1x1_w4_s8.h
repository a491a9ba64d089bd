/* eo_conv2d_1x1_w4_s8 -- eo_conv2d_1x1_s8 with weights of 4 bits, -8..7, two a byte: eo_dot_s8.h.
 *   scratch  16 * words bytes, aligned to 4. */
#ifndef EO_CONV2D_1X1_W4_S8_H
#define EO_CONV2D_1X1_W4_S8_H

#include "eo_conv2d_1x1_layer_s8.h"

#define eo_conv2d_1x1_w4_s8_params eo_conv2d_1x1_layer_s8_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_conv2d_1x1_w4_s8(const struct eo_conv2d_1x1_w4_s8_params *p, const int8_t *in, int8_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif

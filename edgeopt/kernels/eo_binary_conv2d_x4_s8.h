/* eo_binary_conv2d_x4_s8 -- eo_binary_conv2d_x4_s16, to int8 instead of int16. */
#ifndef EO_BINARY_CONV2D_X4_S8_H
#define EO_BINARY_CONV2D_X4_S8_H

#include "eo_binary_conv2d_x4_scaled_layer.h"

#define eo_binary_conv2d_x4_s8_params eo_bits_window_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_conv2d_x4_s8(const struct eo_binary_conv2d_x4_s8_params *p, const int32_t *in, int8_t *out,
                            void *scratch);
#ifdef __cplusplus
}
#endif

#endif

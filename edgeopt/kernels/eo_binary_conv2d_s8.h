/* eo_binary_conv2d_s8 -- eo_binary_conv2d_s16 with an output of int8.
 *   scratch  4 * words bytes, with pad_mask 8 * words, aligned to 4. */
#ifndef EO_BINARY_CONV2D_S8_H
#define EO_BINARY_CONV2D_S8_H

#include "eo_binary_conv2d_scaled_layer.h"

#define eo_binary_conv2d_s8_params eo_bits_window_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_conv2d_s8(const struct eo_binary_conv2d_s8_params *p, const int32_t *in, int8_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif

/* eo_binary_conv2d_zeros -- eo_binary_conv2d with zero padding.
 *   bit[y][x][o] = 2 * (products of -1 under the window) + (products with what lies outside) >= 2 * count[o] - odd[o]
 *   scratch  8 * words bytes, aligned to 4. */
#ifndef EO_BINARY_CONV2D_ZEROS_H
#define EO_BINARY_CONV2D_ZEROS_H

#include "eo_binary_conv2d_layer.h"

#define eo_binary_conv2d_zeros_params eo_bits_window_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_conv2d_zeros(const struct eo_binary_conv2d_zeros_params *p, const int32_t *in, int32_t *out,
                            void *scratch);
#ifdef __cplusplus
}
#endif

#endif

/* eo_binary_conv2d_x4 -- eo_binary_conv2d, with or without zero padding, by four channels at once: eo_bits_x4.h.
 *   stream   [vectors][4] least d << 16, minus 1, then the vectors' weights, where
 *            d = 2 * (products of -1 under the window) + (products with zeros outside), at most 32,766;
 *            of each block of up to 32 channels, v = ceil(channels / 4) vectors, lane j of vector n is channel
 *            v * j + n, and a lane without a channel never fires
 *   odd      NULL
 *   scratch  16 * vectors + 16 * words bytes, with zero padding 16 * words more, aligned to 4. */
#ifndef EO_BINARY_CONV2D_X4_H
#define EO_BINARY_CONV2D_X4_H

#include "eo_bits_x4_window.h"

#define eo_binary_conv2d_x4_params eo_bits_window_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_conv2d_x4(const struct eo_binary_conv2d_x4_params *p, const int32_t *in, int32_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif

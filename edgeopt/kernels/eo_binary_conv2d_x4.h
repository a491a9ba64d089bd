/* eo_binary_conv2d_x4 -- eo_binary_conv2d, with or without zero padding, by four channels at once: eo_bits_x4.h.
 *   stream   by blocks of up to 32 channels, v = ceil(channels / 4) vectors of which lane j of vector n is channel
 *            v * j + n: [v][4] least d << 16, minus 1, with d = 2 * (products of -1 under the window) + (products with
 *            zeros outside), then the weights of v vectors; a lane without a channel never fires
 *   odd      NULL
 *   words    3 * triples + singles of at most 16,383 products
 *   scratch  16 * words bytes, with zero padding 32 * words, aligned to 4. */
#ifndef EO_BINARY_CONV2D_X4_H
#define EO_BINARY_CONV2D_X4_H

#include "eo_binary_conv2d_layer.h"
#include "eo_bits_x4.h"

#define eo_binary_conv2d_x4_params eo_binary_conv2d_layer_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_conv2d_x4(const struct eo_binary_conv2d_x4_params *p, const int32_t *in, int32_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif

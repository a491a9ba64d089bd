/* eo_binary_conv2d -- convolution of bits with bits, a count a channel, and a max-pooling of the signs behind it.
 *   bit[y][x][o] = (products of -1 under the window) >= count[o]; what lies outside of the image is +1
 *   out[y][x][o] = and of the bits of a pool, or their or where any_mask has channel o
 *   stream   [out_channels][words, count], by 32 channels: eo_bits_fire of eo_bits.h
 *   in       [in_height][in_width][in_words] words of bits: 1 is -1, 0 is +1 and behind the last channel
 *   out      [out_height][out_width][ceil(out_channels / 32)] words, may not overlap `in`
 *   scratch  4 * words bytes, aligned to 4. */
#ifndef EO_BINARY_CONV2D_H
#define EO_BINARY_CONV2D_H

#include "eo_binary_conv2d_layer.h"

#define eo_binary_conv2d_params eo_bits_window_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_conv2d(const struct eo_binary_conv2d_params *p, const int32_t *in, int32_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif

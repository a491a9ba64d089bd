/* eo_binary_conv2d_s16 -- convolution of bits with bits, to int16.
 *   d[y][x][o] = 2 * (products of -1 under the window) + (products with what is 0 outside)
 *   out[y][x][o] = clamp((min(max(d, d_low), d_high) * multiplier[o] + bias[o]) >> shift)
 *   stream   [out_channels][words, multiplier, bias]
 *   in       [in_height][in_width][in_words] words of bits: 1 is -1, 0 is +1 and behind the last channel
 *   out      [out_height][out_width][out_channels] int16, may not overlap `in`
 *   scratch  4 * words bytes, with pad_mask 8 * words, aligned to 4. */
#ifndef EO_BINARY_CONV2D_S16_H
#define EO_BINARY_CONV2D_S16_H

#include "eo_binary_conv2d_scaled_layer.h"

#define eo_binary_conv2d_s16_params eo_bits_window_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_conv2d_s16(const struct eo_binary_conv2d_s16_params *p, const int32_t *in, int16_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif

/* eo_binary_conv2d_s16 -- convolution of bits with bits, to int16.
 *   d[y][x][o] = 2 * (products of -1 under the window) + (products with what is 0 outside)
 *   out[y][x][o] = clamp((min(max(d, d_low), d_high) * multiplier[o] + bias[o]) >> shift)
 *   in       [batches][in_height][in_width][groups][group_words] words of bits: 1 is -1, 0 is +1 and behind the
 * channels; outside it is +1, or with pad_mask 0 out      [batches][out_height][out_width][groups * group_out_channels]
 * int16, may not overlap `in` scratch  4 * words bytes, with pad_mask 8 * words, aligned to 4. */
#ifndef EO_BINARY_CONV2D_S16_H
#define EO_BINARY_CONV2D_S16_H

#include "eo_binary_conv2d_scaled_layer.h"

#define eo_binary_conv2d_s16_params eo_binary_conv2d_scaled_layer_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_conv2d_s16(const struct eo_binary_conv2d_s16_params *p, const int32_t *in, int16_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif

/* eo_depthwise_conv2d_w16_s16 -- depthwise convolution of int16 data with int16 weights, sums of 32 bits.
 *   out[y][x][c] = clamp(requant(bias[c] + sum_{i,j} weights[i][j][c] * in[y s + i d - pad][x s + j d - pad][c])), over
 *                  the taps that are inside
 *   in       [batches][in_height][in_width][channels] int16, aligned to 4
 *   out      [batches][out_height][out_width][channels] int16, may not overlap `in`
 *   scratch  none. Four channels at a time; the last four may overlap those before. */
#ifndef EO_DEPTHWISE_CONV2D_W16_S16_H
#define EO_DEPTHWISE_CONV2D_W16_S16_H

#include "eo_arch.h"

struct eo_depthwise_conv2d_w16_s16_params {
    const uint32_t *blocks; /* [ceil(channels / 4)] of four channels, the last block of the last four: 4 biases; weights
                               [kernel_height][kernel_width][2], two channels a word, the first in its low half; 4
                               multipliers, Q32: eo_requant64.h */
    int32_t batches;
    int32_t in_height;
    int32_t in_width;
    int32_t channels; /* 4 or more */
    int32_t out_height;
    int32_t out_width;
    int32_t kernel_height;
    int32_t kernel_width;
    int32_t stride_height;
    int32_t stride_width;
    int32_t dilation_height;
    int32_t dilation_width;
    int32_t pad_top;
    int32_t pad_left;
    int32_t clamp_low; /* -32768..32767 */
    int32_t clamp_high;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_depthwise_conv2d_w16_s16(const struct eo_depthwise_conv2d_w16_s16_params *p, const int16_t *in, int16_t *out);
#ifdef __cplusplus
}
#endif

#endif

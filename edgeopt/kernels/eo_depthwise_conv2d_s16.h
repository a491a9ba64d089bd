/* eo_depthwise_conv2d_s16 -- depthwise convolution of int16 data with int8 weights.
 *   out[y][x][c m + k] = clamp(requant(bias[c m + k] + sum_{i,j} weights[i][j][c m + k]
 *                              * in[y s + i d - pad][x s + j d - pad][c])), over the taps that are inside
 *   in       [batches][in_height][in_width][in_channels] int16
 *   out      [batches][out_height][out_width][in_channels * depth_multiplier] int16, may not overlap `in`
 *   scratch  none. Four channels at a time where the depth multiplier is 1. */
#ifndef EO_DEPTHWISE_CONV2D_S16_H
#define EO_DEPTHWISE_CONV2D_S16_H

#include "eo_arch.h"

struct eo_depthwise_conv2d_s16_params {
    const int8_t *weights;     /* [kernel_height][kernel_width][in_channels * depth_multiplier] */
    const int32_t *bias;       /* [in_channels * depth_multiplier]; NULL where sums need more than 32 bits */
    const int64_t *wide_bias;  /* as many where they do, else NULL */
    const int32_t *multiplier; /* as many: eo_requant64.h */
    const int8_t *shift;       /* as many codes: eo_requant64.h */
    int32_t batches;
    int32_t in_height;
    int32_t in_width;
    int32_t in_channels;
    int32_t depth_multiplier;
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
void eo_depthwise_conv2d_s16(const struct eo_depthwise_conv2d_s16_params *p, const int16_t *in, int16_t *out);
#ifdef __cplusplus
}
#endif

#endif

/* eo_depthwise_conv2d_any_s8 -- depthwise convolution, int8, with any number of channels and any depth multiplier.
 *   out[y][x][c m + k] = clamp(requant(bias[c m + k] + sum_{i,j} weights[i][j][c m + k]
 *                              * (in[y s + i d - pad][x s + j d - pad][c] - in_zero_point)) + out_zero_point)
 *   in       [batches][in_height][in_width][in_channels] int8
 *   out      [batches][out_height][out_width][in_channels * depth_multiplier] int8, may not overlap `in`
 *   scratch  none. eo_depthwise_conv2d_s8 is the fast one. */
#ifndef EO_DEPTHWISE_CONV2D_ANY_S8_H
#define EO_DEPTHWISE_CONV2D_ANY_S8_H

#include "eo_arch.h"

struct eo_depthwise_conv2d_any_s8_params {
    const int8_t *weights;     /* [kernel_height][kernel_width][in_channels * depth_multiplier] */
    const int32_t *bias;       /* [in_channels * depth_multiplier] */
    const int32_t *multiplier; /* as many: eo_requant.h */
    const int8_t *shift;       /* as many codes: eo_requant.h */
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
    int32_t in_zero_point;
    int32_t out_zero_point;
    int32_t clamp_low; /* -128..127 */
    int32_t clamp_high;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_depthwise_conv2d_any_s8(const struct eo_depthwise_conv2d_any_s8_params *p, const int8_t *in, int8_t *out);
#ifdef __cplusplus
}
#endif

#endif

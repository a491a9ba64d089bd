/* eo_depthwise_conv2d_f32 -- depthwise convolution, float32, with any depth multiplier.
 *   out[y][x][c m + k] = limit((sum_{i,j} in[y s + i d - pad][x s + j d - pad][c] * weights[i][j][c m + k])
 *                              + bias[c m + k])
 *   in   [batches][in_height][in_width][in_channels] float; taps outside it take no part
 *   out  [batches][out_height][out_width][in_channels * depth_multiplier] float, may not overlap `in`
 *   The sum begins with 0 and takes i, then j ascending; each product and sum is rounded: eo_float.h. */
#ifndef EO_DEPTHWISE_CONV2D_F32_H
#define EO_DEPTHWISE_CONV2D_F32_H

#include "eo_arch.h"

struct eo_depthwise_conv2d_f32_params {
    const float *weights; /* [kernel_height][kernel_width][in_channels * depth_multiplier] */
    const float *bias;    /* [in_channels * depth_multiplier] */
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
    float clamp_low;
    float clamp_high;
};

void eo_depthwise_conv2d_f32(const struct eo_depthwise_conv2d_f32_params *p, const float *in, float *out);

#endif

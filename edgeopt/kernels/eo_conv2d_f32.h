/* eo_conv2d_f32 -- convolution, float32: any kernel, stride, dilation, padding and number of groups.
 *   out[y][x][o] = limit((sum_{i,j,c} in[y s + i d - pad][x s + j d - pad][c] * weights[o][i][j][c]) + bias[o])
 *   in   [batches][in_height][in_width][groups * group_in_channels] float; taps outside it take no part
 *   out  [batches][out_height][out_width][groups * group_out_channels] float, may not overlap `in`
 *   The sum begins with 0 and takes i, then j, then c ascending; each product and sum is rounded: eo_float.h. */
#ifndef EO_CONV2D_F32_H
#define EO_CONV2D_F32_H

#include "eo_arch.h"

struct eo_conv2d_f32_params {
    const float *weights; /* [out_channels][kernel_height][kernel_width][group_in_channels] */
    const float *bias;    /* [out_channels] */
    int32_t batches;
    int32_t groups;
    int32_t in_height;
    int32_t in_width;
    int32_t group_in_channels;
    int32_t out_height;
    int32_t out_width;
    int32_t group_out_channels;
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

void eo_conv2d_f32(const struct eo_conv2d_f32_params *p, const float *in, float *out);

#endif

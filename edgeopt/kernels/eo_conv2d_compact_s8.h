/* eo_conv2d_compact_s8 -- convolution, depthwise convolution or dense layer, int8, one output at a time: little code.
 *   out[y][x][o] = clamp(requant(bias[o] + sum_k weights[o][k] * patch[k + o * channel_step]) + out_zero_point)
 *   patch    the window at (y stride_height - pad_top, x stride_width - pad_left), [kernel_height][kernel_width]
 *            [in_channels]; of a depthwise one, whose channel_step is 1, every in_channels-th from channel o on
 *   in       [in_height][in_width][in_channels] int8, raw q; outside it is in_zero_point
 *   out      [out_height][out_width][out_channels] int8, may not overlap `in`
 *   scratch  kernel_height * kernel_width * in_channels bytes: the patch */
#ifndef EO_CONV2D_COMPACT_S8_H
#define EO_CONV2D_COMPACT_S8_H

#include "eo_arch.h"

struct eo_conv2d_compact_s8_params {
    const int8_t *weights;    /* [out_channels][taps] */
    const int32_t *constants; /* [out_channels][2]: bias less in_zero_point * sum(weights), multiplier: eo_requant.h */
    const int8_t *shift;      /* [out_channels] codes: eo_requant.h */
    int16_t in_height;
    int16_t in_width;
    int16_t in_channels;
    int16_t out_height;
    int16_t out_width;
    int16_t out_channels;
    int16_t kernel_height;
    int16_t kernel_width;
    int16_t stride_height;
    int16_t stride_width;
    int16_t pad_top;
    int16_t pad_left;
    int32_t taps;        /* weights of an output: with channel_step 1 without in_channels as a factor */
    int8_t channel_step; /* 1: depthwise, output channel o reads input channel o alone; otherwise 0 */
    int8_t in_zero_point;
    int8_t out_zero_point;
    int8_t clamp_low;
    int8_t clamp_high;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_conv2d_compact_s8(const struct eo_conv2d_compact_s8_params *p, const int8_t *in, int8_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif

/* eo_depthwise_conv2d_s8 -- depthwise convolution, int8, four channels at a time; one output channel an input channel.
 *   out[y][x][c] = clamp(requant(bias[c] + sum_{i,j} weights[i][j][c] * (in[y s + i d - pad][x s + j d - pad][c]
 *                                - in_zero_point)) + out_zero_point), over the taps that are inside
 *   in       [batches][in_height][in_width][channels] int8; channels >= 4, the last four may overlap those before
 *   out      [batches][out_height][out_width][channels] int8, may not overlap `in`
 *   scratch  8 * kernel_height * kernel_width bytes, aligned to 4: the weights of four channels. */
#ifndef EO_DEPTHWISE_CONV2D_S8_H
#define EO_DEPTHWISE_CONV2D_S8_H

#include "eo_arch.h"

struct eo_depthwise_conv2d_s8_params {
    const int8_t *weights;     /* [kernel_height][kernel_width][channels] */
    const int32_t *bias;       /* [channels] */
    const int32_t *multiplier; /* [channels]: eo_requant.h */
    const int8_t *shift;       /* [channels] codes: eo_requant.h */
    int32_t batches;
    int32_t in_height;
    int32_t in_width;
    int32_t channels;
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
void eo_depthwise_conv2d_s8(const struct eo_depthwise_conv2d_s8_params *p, const int8_t *in, int8_t *out,
                            void *scratch);
#ifdef __cplusplus
}
#endif

#endif

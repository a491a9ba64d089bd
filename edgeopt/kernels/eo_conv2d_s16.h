/* eo_conv2d_s16 -- convolution of int16 data with int8 weights: any kernel, stride, dilation, padding and groups.
 *   out[y][x][o] = clamp(requant(bias[o] + sum_{i,j,c} weights[o][i][j][c] * in[y s + i d - pad][x s + j d - pad][c]))
 *   in       [batches][in_height][in_width][in_channels] int16; outside it is 0
 *   out      [batches][out_height][out_width][out_channels] int16, may not overlap `in`
 *   scratch  16 * words bytes, aligned to 4: two patches. */
#ifndef EO_CONV2D_S16_H
#define EO_CONV2D_S16_H

#include "eo_arch.h"

struct eo_conv2d_s16_params {
    const uint32_t *weights;   /* packed, [groups][ceil(group_out_channels / 2)][words][2]: eo_dot_s16.h */
    const int32_t *bias;       /* [groups * ceil(group_out_channels / 2)][2], or NULL: eo_matmul_s16.h */
    const int64_t *wide_bias;  /* [groups * ceil(group_out_channels / 2)][2], or NULL */
    const int32_t *multiplier; /* [groups * ceil(group_out_channels / 2)][2]: eo_requant64.h */
    const int8_t *shift;       /* [groups * ceil(group_out_channels / 2)][2] codes: eo_requant64.h */
    int32_t words;             /* ceil(kernel_height * kernel_width * group_in_channels / 4) */
    int32_t batches;
    int32_t groups;
    int32_t in_height;
    int32_t in_width;
    int32_t group_in_channels; /* in_channels / groups */
    int32_t out_height;
    int32_t out_width;
    int32_t group_out_channels; /* out_channels / groups */
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
void eo_conv2d_s16(const struct eo_conv2d_s16_params *p, const int16_t *in, int16_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif

/* eo_conv2d_s8 -- convolution, int8: any kernel, stride, dilation, padding and number of groups.
 *   out[y][x][o] = clamp(requant(bias[o] + sum_{i,j,c} weights[o][i][j][c] * in[y s + i d - pad][x s + j d - pad][c])
 *                        + out_zero_point)
 *   in       [batches][in_height][in_width][in_channels] int8, raw q; outside it is in_zero_point
 *   out      [batches][out_height][out_width][out_channels] int8, may not overlap `in`
 *   scratch  24 * words bytes, aligned to 4: two patches and their columns. */
#ifndef EO_CONV2D_S8_H
#define EO_CONV2D_S8_H

#include "eo_arch.h"

struct eo_conv2d_s8_params {
    const uint32_t *weights;   /* packed, [groups][ceil(group_out_channels / 2)][words][2]: eo_dot_s8.h */
    const int32_t *bias;       /* [groups * ceil(group_out_channels / 2)][2], minus in_zero_point * sum(weights) */
    const int32_t *multiplier; /* [groups * ceil(group_out_channels / 2)][2]: eo_requant.h */
    const int8_t *shift;       /* [groups * ceil(group_out_channels / 2)][2] codes: eo_requant.h */
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
    int32_t in_zero_point;
    int32_t out_zero_point;
    int32_t clamp_low; /* -128..127 */
    int32_t clamp_high;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_conv2d_s8(const struct eo_conv2d_s8_params *p, const int8_t *in, int8_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif

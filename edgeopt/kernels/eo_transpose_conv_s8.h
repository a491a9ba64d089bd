/* eo_transpose_conv_s8 -- transposed convolution, int8: any kernel, stride and padding.
 *   out[y][x][o] = clamp(requant(bias[o] + sum_{i,j,c} weights[o][i][j][c] * in[(y + pad - i) / s][(x + pad - j) /
 * s][c])
 *                        + out_zero_point), over the i and j for which the quotients are whole and inside the input
 *   in       [batches][in_height][in_width][in_channels] int8, raw q
 *   out      [batches][out_height][out_width][out_channels] int8, may not overlap `in`
 *   scratch  24 * (words of the largest phase) bytes, aligned to 4: two patches and their columns.
 *
 * Rows of the output that lie a stride apart are computed with the same rows of the kernel: a phase. Each pair of a
 * row's and a column's phase is an ordinary convolution of stride 1 with a part of the kernel, upside down. */
#ifndef EO_TRANSPOSE_CONV_S8_H
#define EO_TRANSPOSE_CONV_S8_H

#include "eo_arch.h"

struct eo_transpose_conv_s8_params {
    const uint32_t *weights;   /* packed, one pair of phases after the other, [ceil(out_channels / 2)][words][2] each */
    const int32_t *bias;       /* [row_phase_count][col_phase_count][ceil(out_channels / 2)][2], minus zero points */
    const int32_t *multiplier; /* [ceil(out_channels / 2)][2]: eo_requant.h */
    const int8_t *shift;       /* [ceil(out_channels / 2)][2] codes: eo_requant.h */
    const int32_t *row_phases; /* [row_phase_count][2]: taps, and how far above the input the first one lies */
    const int32_t *col_phases; /* [col_phase_count][2] */
    int32_t row_phase_count;   /* the stride, or the output's height where that is less */
    int32_t col_phase_count;
    int32_t batches;
    int32_t in_height;
    int32_t in_width;
    int32_t in_channels;
    int32_t out_height;
    int32_t out_width;
    int32_t out_channels;
    int32_t in_zero_point;
    int32_t out_zero_point;
    int32_t clamp_low; /* -128..127 */
    int32_t clamp_high;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_transpose_conv_s8(const struct eo_transpose_conv_s8_params *p, const int8_t *in, int8_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif

/* eo_average_pool_2d_s8 -- mean of each window, per channel; input and output have one scale and zero point.
 *
 *   out = clamp(sum / n), n the elements of the window inside the input; to nearest, halves away from zero
 *   in    [batches][in_height][in_width][channels]     int8
 *   out   [batches][out_height][out_width][channels]   int8
 *   in and out must not overlap. Every window holds at least one element of the input. */
#ifndef EO_AVERAGE_POOL_2D_S8_H
#define EO_AVERAGE_POOL_2D_S8_H

#include "eo_arch.h"

struct eo_average_pool_2d_s8_params {
    int32_t batches;
    int32_t in_height, in_width, channels;
    int32_t out_height, out_width;
    int32_t kernel_height, kernel_width;
    int32_t stride_height, stride_width;
    int32_t pad_top, pad_left;
    int32_t low, high; /* clamp, in -128..127 */
};

void eo_average_pool_2d_s8(const struct eo_average_pool_2d_s8_params *p, const int8_t *in, int8_t *out);

#endif

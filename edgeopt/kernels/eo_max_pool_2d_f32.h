/* eo_max_pool_2d_f32 -- largest element of each window, per channel, float32; not-a-number is passed over.
 *   out = limit(max)
 *   in    [batches][in_height][in_width][channels]     float
 *   out   [batches][out_height][out_width][channels]   float
 *   in and out must not overlap. Every window holds at least one element of the input. */
#ifndef EO_MAX_POOL_2D_F32_H
#define EO_MAX_POOL_2D_F32_H

#include "eo_arch.h"

struct eo_max_pool_2d_f32_params {
    int32_t batches;
    int32_t in_height, in_width, channels;
    int32_t out_height, out_width;
    int32_t kernel_height, kernel_width;
    int32_t stride_height, stride_width;
    int32_t pad_top, pad_left;
    float low, high;
};

void eo_max_pool_2d_f32(const struct eo_max_pool_2d_f32_params *p, const float *in, float *out);

#endif

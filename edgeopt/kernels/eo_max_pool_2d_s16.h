/* eo_max_pool_2d_s16 -- largest element of each window, per channel.
 *
 *   out = clamp(the largest of the elements of the window inside the input)
 *   in    [batches][in_height][in_width][channels]     int16
 *   out   [batches][out_height][out_width][channels]   int16
 *   in and out must not overlap. Every window holds at least one element of the input. */
#ifndef EO_MAX_POOL_2D_S16_H
#define EO_MAX_POOL_2D_S16_H

#include "eo_arch.h"

struct eo_max_pool_2d_s16_params {
    int32_t batches;
    int32_t in_height, in_width, channels;
    int32_t out_height, out_width;
    int32_t kernel_height, kernel_width;
    int32_t stride_height, stride_width;
    int32_t pad_top, pad_left;
    int32_t low, high; /* clamp, in -32768..32767 */
};

void eo_max_pool_2d_s16(const struct eo_max_pool_2d_s16_params *p, const int16_t *in, int16_t *out);

#endif

/* eo_average_pool_2d_s16 -- mean of each window, per channel; input and output have one scale.
 *
 *   out = clamp(sum / n), n the elements of the window inside the input; to nearest, halves away from zero
 *   in    [batches][in_height][in_width][channels]     int16
 *   out   [batches][out_height][out_width][channels]   int16
 *   in and out must not overlap. Every window holds 1 to 65,535 elements of the input. */
#ifndef EO_AVERAGE_POOL_2D_S16_H
#define EO_AVERAGE_POOL_2D_S16_H

#include "eo_arch.h"

struct eo_average_pool_2d_s16_params {
    int32_t batches;
    int32_t in_height, in_width, channels;
    int32_t out_height, out_width;
    int32_t kernel_height, kernel_width;
    int32_t stride_height, stride_width;
    int32_t pad_top, pad_left;
    int32_t low, high; /* clamp, in -32768..32767 */
};

void eo_average_pool_2d_s16(const struct eo_average_pool_2d_s16_params *p, const int16_t *in, int16_t *out);

#endif

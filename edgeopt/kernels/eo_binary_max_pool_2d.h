/* eo_binary_max_pool_2d -- max-pooling of values of which only the signs are kept, 32 channels a word.
 *
 *   out = AND of the words of the window inside the input; OR for the channels whose bit is set in any_mask
 *   in    [batches][in_height][in_width][words]     bits; 1 means below the threshold
 *   out   [batches][out_height][out_width][words]   bits
 *   in and out must not overlap. Every window holds at least one element of the input. */
#ifndef EO_BINARY_MAX_POOL_2D_H
#define EO_BINARY_MAX_POOL_2D_H

#include "eo_arch.h"

struct eo_binary_max_pool_2d_params {
    const uint32_t *any_mask; /* [words], or NULL: AND for all */
    int32_t batches;
    int32_t in_height, in_width, words;
    int32_t out_height, out_width;
    int32_t kernel_height, kernel_width;
    int32_t stride_height, stride_width;
    int32_t pad_top, pad_left;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_max_pool_2d(const struct eo_binary_max_pool_2d_params *p, const int32_t *in, int32_t *out);
#ifdef __cplusplus
}
#endif

#endif

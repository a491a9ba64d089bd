/* eo_dense_f32 -- fully connected layer, float32.
 *   out[o] = limit((sum_i in[i] * weights[o][i], i ascending, from 0) + bias[o])
 *   in   [batches][in_channels] float
 *   out  [batches][out_channels] float, may not overlap `in`
 *   Each product and each sum is rounded: eo_float.h. */
#ifndef EO_DENSE_F32_H
#define EO_DENSE_F32_H

#include "eo_arch.h"

struct eo_dense_f32_params {
    const float *weights; /* [out_channels][in_channels] */
    const float *bias;    /* [out_channels] */
    int32_t batches;
    int32_t in_channels;
    int32_t out_channels;
    float clamp_low;
    float clamp_high;
};

void eo_dense_f32(const struct eo_dense_f32_params *p, const float *in, float *out);

#endif

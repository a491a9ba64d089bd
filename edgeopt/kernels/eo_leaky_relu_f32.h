/* eo_leaky_relu_f32 -- out[i] = in[i] where it is above 0, else in[i] * alpha.
 *   in    [count] float
 *   out   [count] float; may be `in` */
#ifndef EO_LEAKY_RELU_F32_H
#define EO_LEAKY_RELU_F32_H

#include "eo_arch.h"

struct eo_leaky_relu_f32_params {
    int32_t count;
    float alpha;
};

void eo_leaky_relu_f32(const struct eo_leaky_relu_f32_params *p, const float *in, float *out);

#endif

/* eo_tanh_f32 -- out[i] = tanh(in[i]), as eo_math_f32.h computes it.
 *   in    [count] float
 *   out   [count] float; may be `in` */
#ifndef EO_TANH_F32_H
#define EO_TANH_F32_H

#include "eo_arch.h"

struct eo_tanh_f32_params {
    int32_t count;
};

void eo_tanh_f32(const struct eo_tanh_f32_params *p, const float *in, float *out);

#endif

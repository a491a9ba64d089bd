/* eo_softmax_f32 -- softmax over the innermost dimension, float32.
 *   e[i] = exp((in[i] - largest of the row) * beta), as eo_math_f32.h computes it
 *   out[i] = e[i] / (sum of e, in order)
 *   in    [rows][depth] float
 *   out   [rows][depth] float; may be `in` */
#ifndef EO_SOFTMAX_F32_H
#define EO_SOFTMAX_F32_H

#include "eo_arch.h"

struct eo_softmax_f32_params {
    int32_t rows;
    int32_t depth;
    float beta;
};

void eo_softmax_f32(const struct eo_softmax_f32_params *p, const float *in, float *out);

#endif

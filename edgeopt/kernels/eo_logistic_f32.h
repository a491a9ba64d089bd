/* eo_logistic_f32 -- out[i] = 1 / (1 + exp(-in[i])), as eo_math_f32.h computes it.
 *   in    [count] float
 *   out   [count] float; may be `in` */
#ifndef EO_LOGISTIC_F32_H
#define EO_LOGISTIC_F32_H

#include "eo_arch.h"

struct eo_logistic_f32_params {
    int32_t count;
};

void eo_logistic_f32(const struct eo_logistic_f32_params *p, const float *in, float *out);

#endif

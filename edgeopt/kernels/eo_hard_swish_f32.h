/* eo_hard_swish_f32 -- out[i] = x * min(max(x + 3, 0), 6) / 6 for x = in[i], in that order.
 *   in    [count] float
 *   out   [count] float; may be `in` */
#ifndef EO_HARD_SWISH_F32_H
#define EO_HARD_SWISH_F32_H

#include "eo_arch.h"

struct eo_hard_swish_f32_params {
    int32_t count;
};

void eo_hard_swish_f32(const struct eo_hard_swish_f32_params *p, const float *in, float *out);

#endif

/* eo_clamp_f32 -- the RELUs in float32: values limited to low..high.
 *   not-a-number and -0 stay
 *   in    [count] float
 *   out   [count] float; may be `in` */
#ifndef EO_CLAMP_F32_H
#define EO_CLAMP_F32_H

#include "eo_arch.h"

struct eo_clamp_f32_params {
    int32_t count;
    float low;
    float high; /* infinity: no limit */
};

void eo_clamp_f32(const struct eo_clamp_f32_params *p, const float *in, float *out);

#endif

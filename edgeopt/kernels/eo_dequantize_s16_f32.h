/* eo_dequantize_s16_f32 -- int16 to float, at the edge of a network.
 *
 *   out[i] = scale * (in[i] - zero point), one rounding
 *   in    [count] int16
 *   out   [count] float; must not overlap `in` */
#ifndef EO_DEQUANTIZE_S16_F32_H
#define EO_DEQUANTIZE_S16_F32_H

#include "eo_arch.h"

struct eo_dequantize_s16_f32_params {
    int32_t count;
    float scale;
    int32_t zero_point;
};

void eo_dequantize_s16_f32(const struct eo_dequantize_s16_f32_params *p, const int16_t *in, float *out);

#endif

/* eo_quantize_f32_s8 -- float to int8, at the edge of a network.
 *
 *   out[i] = saturate(round(in[i] / scale) + zero point); halves away from zero; not-a-number is -128
 *   in    [count] float
 *   out   [count] int8; may be the memory of `in` */
#ifndef EO_QUANTIZE_F32_S8_H
#define EO_QUANTIZE_F32_S8_H

#include "eo_arch.h"

struct eo_quantize_f32_s8_params {
    int32_t count;
    float scale;
    int32_t zero_point;
};

void eo_quantize_f32_s8(const struct eo_quantize_f32_s8_params *p, const float *in, int8_t *out);

#endif

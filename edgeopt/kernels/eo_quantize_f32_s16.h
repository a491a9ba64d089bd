/* eo_quantize_f32_s16 -- float to int16, at the edge of a network.
 *
 *   out[i] = saturate(round(in[i] / scale) + zero point); halves away from zero; not-a-number is -32768
 *   in    [count] float
 *   out   [count] int16; may be the memory of `in` */
#ifndef EO_QUANTIZE_F32_S16_H
#define EO_QUANTIZE_F32_S16_H

#include "eo_arch.h"

struct eo_quantize_f32_s16_params {
    int32_t count;
    float scale;
    int32_t zero_point;
};

void eo_quantize_f32_s16(const struct eo_quantize_f32_s16_params *p, const float *in, int16_t *out);

#endif

/* eo_lut_s8 -- any function of one byte, elementwise.
 *
 *   out[i] = table[in[i] as unsigned]
 *   in    [count]   int8 or uint8
 *   out   [count]   int8 or uint8; may be `in` */
#ifndef EO_LUT_S8_H
#define EO_LUT_S8_H

#include "eo_arch.h"

struct eo_lut_s8_params {
    int32_t count;
    const uint8_t *table; /* [256], the output's byte for each byte of the input */
};

void eo_lut_s8(const struct eo_lut_s8_params *p, const void *in, void *out);

#endif

/* eo_requantize_s8_s16 -- int8 of one scale and zero point to int16 of another.
 *
 *   out[i] = saturate(requantize(in[i] - zero point of the input) + zero point of the output)
 *   in    [count] int8
 *   out   [count] int16; must not overlap `in` */
#ifndef EO_REQUANTIZE_S8_S16_H
#define EO_REQUANTIZE_S8_S16_H

#include "eo_arch.h"

struct eo_requantize_s8_s16_params {
    int32_t count;
    int32_t in_offset;  /* minus the zero point of the input */
    int32_t multiplier; /* Q31 */
    int32_t shift;      /* -31..14, to the left where above 0 */
    int32_t out_offset; /* zero point of the output */
};

void eo_requantize_s8_s16(const struct eo_requantize_s8_s16_params *p, const int8_t *in, int16_t *out);

#endif

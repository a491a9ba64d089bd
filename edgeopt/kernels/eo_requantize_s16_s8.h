/* eo_requantize_s16_s8 -- int16 of one scale and zero point to int8 of another.
 *
 *   out[i] = saturate(requantize(in[i] - zero point of the input) + zero point of the output)
 *   in    [count] int16
 *   out   [count] int8; may be the memory of `in` */
#ifndef EO_REQUANTIZE_S16_S8_H
#define EO_REQUANTIZE_S16_S8_H

#include "eo_arch.h"

struct eo_requantize_s16_s8_params {
    int32_t count;
    int32_t in_offset;  /* minus the zero point of the input */
    int32_t multiplier; /* Q31 */
    int32_t shift;      /* -31..14, to the left where above 0 */
    int32_t out_offset; /* zero point of the output */
};

void eo_requantize_s16_s8(const struct eo_requantize_s16_s8_params *p, const int16_t *in, int8_t *out);

#endif

/* eo_rescale -- int8, int16 or int32 of one scale and zero point to another of the three.
 *
 *   out[i] = saturate(requantize(in[i] - zero point of the input) + zero point of the output)
 *   in    [count] of in_bytes each
 *   out   [count] of out_bytes each; may be the memory of `in` where it is not wider */
#ifndef EO_RESCALE_H
#define EO_RESCALE_H

#include "eo_arch.h"

struct eo_rescale_params {
    int32_t count;
    int32_t in_bytes;   /* of an element: 1, 2 or 4 */
    int32_t out_bytes;  /* 1, 2 or 4 */
    int32_t in_offset;  /* minus the zero point of the input, which is 0 for int32 */
    int32_t multiplier; /* Q31 */
    int32_t shift;      /* -31..14, to the left where above 0; at most 0 for int32 */
    int32_t low, high;  /* of the output's type, less the zero point */
    int32_t out_offset; /* zero point of the output, 0 for int32 */
};

void eo_rescale(const struct eo_rescale_params *p, const void *in, void *out);

#endif

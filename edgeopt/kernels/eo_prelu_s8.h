/* eo_prelu_s8 -- x where x is not negative, alpha x elsewhere; int8, alpha broadcast.
 *
 *   x      = in1[i] + offset1
 *   y      = x >= 0 ? requantize(x, multiplier1, shift1) : requantize(x * (in2[j] + offset2), multiplier2, shift2)
 *   out[k] = clamp(y + offset)
 *   in1    int8, the data
 *   in2    int8, alpha; both are walked as below (eo_rows.h)
 *   out    [rows * count] int8; may be `in1` where that has its shape. */
#ifndef EO_PRELU_S8_H
#define EO_PRELU_S8_H

#include "eo_arch.h"

struct eo_prelu_s8_params {
    int32_t offset1;     /* minus the zero point, -127..128 */
    int32_t offset2;     /* minus the zero point, -127..128 */
    int32_t multiplier1; /* Q31 */
    int32_t shift1;      /* -31..23, to the left where above 0 */
    int32_t multiplier2; /* Q31 */
    int32_t shift2;      /* -31..15, to the left where above 0 */
    int32_t offset;      /* zero point of the output */
    int32_t low, high;   /* clamp, in -128..127 */
    int32_t count;       /* elements of a row */
    int32_t step1;       /* 1, or 0: one element for the whole row */
    int32_t step2;
    int32_t dims;           /* of the walk over rows, 0..6 */
    const int32_t *extents; /* [dims] */
    const int32_t *jumps1;  /* [dims] */
    const int32_t *jumps2;  /* [dims] */
};

void eo_prelu_s8(const struct eo_prelu_s8_params *p, const int8_t *in1, const int8_t *in2, int8_t *out);

#endif

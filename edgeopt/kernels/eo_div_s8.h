/* eo_div_s8 -- elementwise quotient of int8 tensors, with broadcasting.
 *
 *   x1, x2 = in1[i] + offset1, in2[j] + offset2
 *   out[k] = clamp(requantize(x1 / x2) + offset), in the fixed point of TFLM: the reciprocal of x2 by three
 *            Newton-Raphson steps, times x1 with all its bits, times the multiplier
 *   in1, in2   int8, walked as below (eo_rows.h)
 *   out        [rows * count] int8; may be the operand that has its shape.
 * Where x2 is 0, out is the end of the clamp on the side of x1, and the zero point where that is 0 too. */
#ifndef EO_DIV_S8_H
#define EO_DIV_S8_H

#include "eo_arch.h"

struct eo_div_s8_params {
    int32_t offset1;    /* minus the zero point, -127..128 */
    int32_t offset2;    /* minus the zero point, -127..128 */
    int32_t multiplier; /* Q31 */
    int32_t shift;      /* -31..23, to the left where above 0 */
    int32_t offset;     /* zero point of the output */
    int32_t low, high;  /* clamp, in -128..127 */
    int32_t count;      /* elements of a row */
    int32_t step1;      /* 1, or 0: one element for the whole row */
    int32_t step2;
    int32_t dims;           /* of the walk over rows, 0..6 */
    const int32_t *extents; /* [dims] */
    const int32_t *jumps1;  /* [dims] */
    const int32_t *jumps2;  /* [dims] */
};

void eo_div_s8(const struct eo_div_s8_params *p, const int8_t *in1, const int8_t *in2, int8_t *out);

#endif

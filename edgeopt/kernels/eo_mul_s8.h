/* eo_mul_s8 -- elementwise product of int8 tensors, with broadcasting.
 *
 *   out[k] = clamp(requantize((in1[i] + offset1) * (in2[j] + offset2)) + offset)
 *   in1, in2   int8, walked as below (eo_walk.h)
 *   out        [rows * count] int8; may be the operand that has its shape. */
#ifndef EO_MUL_S8_H
#define EO_MUL_S8_H

#include "eo_arch.h"

struct eo_mul_s8_params {
    int32_t offset1;    /* minus the zero point, -127..128 */
    int32_t offset2;    /* minus the zero point, -127..128 */
    int32_t multiplier; /* Q31 */
    int32_t shift;      /* -31..13, to the left where above 0 */
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

void eo_mul_s8(const struct eo_mul_s8_params *p, const int8_t *in1, const int8_t *in2, int8_t *out);

#endif

/* eo_mul_s16 -- elementwise product of int16 tensors, with broadcasting.
 *
 *   out[k] = clamp(round(in1[i] * in2[j] * multiplier / 2^right)), both roundings of eo_requant.h
 *   in1, in2   int16, walked as below (eo_walk.h)
 *   out        [rows * count] int16; may be an operand that has its shape. */
#ifndef EO_MUL_S16_H
#define EO_MUL_S16_H

#include "eo_arch.h"

struct eo_mul_s16_params {
    int32_t multiplier; /* Q31 */
    int32_t right;      /* 1..30 */
    int32_t low, high;  /* clamp, in -32768..32767 */
    int32_t count;      /* elements of a row */
    int32_t step1;      /* 1, or 0: one element for the whole row */
    int32_t step2;
    int32_t dims;           /* of the walk over rows, 0..6 */
    const int32_t *extents; /* [dims] */
    const int32_t *jumps1;  /* [dims] */
    const int32_t *jumps2;  /* [dims] */
};

void eo_mul_s16(const struct eo_mul_s16_params *p, const int16_t *in1, const int16_t *in2, int16_t *out);

#endif

/* eo_add_s8 -- elementwise sum or difference of int8 tensors with scales of their own, with broadcasting.
 *
 *   t      = round((in1[i] * 2^21 + bias1) * multiplier1)        the operand of the smaller scale, on the larger one
 *   out[k] = clamp(round((t * factor1 + in2[j] * factor2 + bias2) * multiplier) + zero point of the output)
 *
 * The operand of the larger scale needs a shift alone, which is in factor2; signs are in the factors. Roundings are
 * those of TFLM, where both operands are scaled by 2^20 and halved. Exact for every pair of int8. in1, in2   int8,
 * walked as below (eo_walk.h) out        [rows * count] int8; may be the operand that has its shape. */
#ifndef EO_ADD_S8_H
#define EO_ADD_S8_H

#include "eo_arch.h"

struct eo_add_s8_params {
    int32_t bias1;       /* minus the zero point times 2^21 */
    int32_t multiplier1; /* Q31 */
    int32_t nudge1;      /* 2^(right1 - 1) */
    int32_t right1;      /* 1..31 */
    int32_t factor1;     /* +-2; +-4 where the scales are equal */
    int32_t factor2;     /* +-2^20 */
    int32_t bias2;       /* minus the zero point times factor2 */
    int32_t multiplier;  /* Q31 */
    int32_t nudge;       /* 2^(right - 1) + zero point of the output * 2^right */
    int32_t right;       /* 1..23 */
    int32_t low, high;   /* clamp, in -128..127 */
    int32_t count;       /* elements of a row */
    int32_t step1;       /* 1, or 0: one element for the whole row */
    int32_t step2;
    int32_t dims;           /* of the walk over rows, 0..6 */
    const int32_t *extents; /* [dims] */
    const int32_t *jumps1;  /* [dims] */
    const int32_t *jumps2;  /* [dims] */
};

void eo_add_s8(const struct eo_add_s8_params *p, const int8_t *in1, const int8_t *in2, int8_t *out);

#endif

/* eo_add_s16 -- elementwise sum or difference of int16 tensors with scales of their own, with broadcasting.
 *
 *   t      = round(in1[i] * 2^16 * multiplier1)        the operand of the smaller scale, on the larger one
 *   out[k] = clamp(round((t * factor1 + in2[j] * factor2) * multiplier))
 *
 * The operand of the larger scale needs a shift alone, which is in factor2; signs are in the factors. Roundings are
 * those of TFLM, where both operands are scaled by 2^15 and halved. No sum leaves 32 bits.
 *   in1, in2   int16, walked as below (eo_walk.h)
 *   out        [rows * count] int16; may be the operand that has its shape. */
#ifndef EO_ADD_S16_H
#define EO_ADD_S16_H

#include "eo_arch.h"

struct eo_add_s16_params {
    int32_t multiplier1; /* Q31, at most 1/2 */
    int32_t right1;      /* 1..31 */
    int32_t factor1;     /* +-2; +-4 where the scales are equal */
    int32_t factor2;     /* +-2^15 */
    int32_t multiplier;  /* Q31 */
    int32_t right;       /* 1..30 */
    int32_t low, high;   /* clamp, in -32768..32767 */
    int32_t count;       /* elements of a row */
    int32_t step1;       /* 1, or 0: one element for the whole row */
    int32_t step2;
    int32_t dims;           /* of the walk over rows, 0..6 */
    const int32_t *extents; /* [dims] */
    const int32_t *jumps1;  /* [dims] */
    const int32_t *jumps2;  /* [dims] */
};

void eo_add_s16(const struct eo_add_s16_params *p, const int16_t *in1, const int16_t *in2, int16_t *out);

#endif

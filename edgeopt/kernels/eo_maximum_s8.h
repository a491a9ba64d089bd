/* eo_maximum_s8 -- elementwise maximum or minimum of int8 tensors of one scale and zero point, with broadcasting.
 *
 *   out[k] = clamp(max(in1[i] ^ flip, in2[j] ^ flip) ^ flip)
 *
 * All bits flipped, the order is reversed: that is the minimum.
 *   in1, in2   int8, walked as below (eo_rows.h)
 *   out        [rows * count] int8; may be the operand that has its shape. */
#ifndef EO_MAXIMUM_S8_H
#define EO_MAXIMUM_S8_H

#include "eo_arch.h"

struct eo_maximum_s8_params {
    int32_t flip;      /* 0: maximum; -1: minimum */
    int32_t low, high; /* clamp, in -128..127 */
    int32_t count;     /* elements of a row */
    int32_t step1;     /* 1, or 0: one element for the whole row */
    int32_t step2;
    int32_t dims;           /* of the walk over rows, 0..6 */
    const int32_t *extents; /* [dims] */
    const int32_t *jumps1;  /* [dims] */
    const int32_t *jumps2;  /* [dims] */
};

void eo_maximum_s8(const struct eo_maximum_s8_params *p, const int8_t *in1, const int8_t *in2, int8_t *out);

#endif

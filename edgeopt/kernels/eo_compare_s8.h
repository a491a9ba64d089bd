/* eo_compare_s8 -- elementwise comparison of int8 tensors with scales of their own, with broadcasting.
 *
 *   y1, y2 = requantize(256 * (in1[i] + offset1), multiplier1, -right1), and of in2[j] the same
 *   out[k] = 1 where y1 is less than, equal to or greater than y2, as `holds_for` says, else 0
 *   in1, in2   int8, walked as below (eo_rows.h)
 *   out        [rows * count] 0 or 1; may be the operand that has its shape. */
#ifndef EO_COMPARE_S8_H
#define EO_COMPARE_S8_H

#include "eo_arch.h"

struct eo_compare_s8_params {
    int32_t holds_for;   /* a sum of 1: less, 2: equal, 4: greater */
    int32_t offset1;     /* minus the zero point, -127..128 */
    int32_t multiplier1; /* Q31 */
    int32_t right1;      /* 0..31 */
    int32_t offset2;
    int32_t multiplier2;
    int32_t right2;
    int32_t count; /* elements of a row */
    int32_t step1; /* 1, or 0: one element for the whole row */
    int32_t step2;
    int32_t dims;           /* of the walk over rows, 0..6 */
    const int32_t *extents; /* [dims] */
    const int32_t *jumps1;  /* [dims] */
    const int32_t *jumps2;  /* [dims] */
};

void eo_compare_s8(const struct eo_compare_s8_params *p, const int8_t *in1, const int8_t *in2, uint8_t *out);

#endif

/* eo_select_s8 -- an element of one int8 tensor or another, as a condition says, with broadcasting.
 *
 *   out[k] = condition[h] ? in1[i] : in2[j]
 *   condition  0 or not
 *   in1, in2   int8 of one scale and zero point; all three are walked as below (eo_walk.h)
 *   out        [rows * count] int8; may be an input that has its shape. */
#ifndef EO_SELECT_S8_H
#define EO_SELECT_S8_H

#include "eo_arch.h"

struct eo_select_s8_params {
    int32_t count; /* elements of a row */
    int32_t step;  /* of the condition: 1, or 0: one element for the whole row */
    int32_t step1;
    int32_t step2;
    int32_t dims;           /* of the walk over rows, 0..6 */
    const int32_t *extents; /* [dims] */
    const int32_t *jumps;   /* [dims], of the condition */
    const int32_t *jumps1;  /* [dims] */
    const int32_t *jumps2;  /* [dims] */
};

void eo_select_s8(const struct eo_select_s8_params *p, const uint8_t *condition, const int8_t *in1, const int8_t *in2,
                  int8_t *out);

#endif

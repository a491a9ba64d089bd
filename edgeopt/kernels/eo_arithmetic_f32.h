/* eo_arithmetic_f32 -- sum, difference or product of float32 tensors, with broadcasting.
 *   out[k] = limit(in1[i] + in2[j]), or -, or *
 *   in1, in2   float, walked as below (eo_walk.h)
 *   out        [rows * count] float; may be the operand that has its shape. */
#ifndef EO_ARITHMETIC_F32_H
#define EO_ARITHMETIC_F32_H

#include "eo_arch.h"

struct eo_arithmetic_f32_params {
    int32_t operation; /* 0: +, 1: -, 2: * */
    float low, high;
    int32_t count; /* elements of a row */
    int32_t step1; /* 1, or 0: one element for the whole row */
    int32_t step2;
    int32_t dims;           /* of the walk over rows, 0..6 */
    const int32_t *extents; /* [dims] */
    const int32_t *jumps1;  /* [dims] */
    const int32_t *jumps2;  /* [dims] */
};

void eo_arithmetic_f32(const struct eo_arithmetic_f32_params *p, const float *in1, const float *in2, float *out);

#endif

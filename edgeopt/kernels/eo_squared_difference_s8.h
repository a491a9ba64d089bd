/* eo_squared_difference_s8 -- elementwise square of the difference of int8 tensors with scales of their own.
 *
 *   d      = 64 * (in2[j] + offset2) - requantize(128 * (in1[i] + offset1), multiplier1, -right1)
 *   out[k] = clamp(requantize(d * d, multiplier, -right) + offset)
 *
 * The operand of the larger scale is the second, which needs a shift alone. d counts 1/128 of twice its step, as in
 * TFLM: |d| <= 255 * 128, and the square fits.
 *
 *   in1, in2   int8, walked as below (eo_rows.h)
 *   out        [rows * count] int8; may be the operand that has its shape. */
#ifndef EO_SQUARED_DIFFERENCE_S8_H
#define EO_SQUARED_DIFFERENCE_S8_H

#include "eo_arch.h"

struct eo_squared_difference_s8_params {
    int32_t offset1;     /* minus the zero point, -127..128 */
    int32_t offset2;     /* minus the zero point, -127..128 */
    int32_t multiplier1; /* Q31 */
    int32_t right1;      /* 0..31 */
    int32_t multiplier;  /* Q31 */
    int32_t right;       /* 0..31 */
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

void eo_squared_difference_s8(const struct eo_squared_difference_s8_params *p, const int8_t *in1, const int8_t *in2,
                              int8_t *out);

#endif

/* eo_add_one_multiply_s8 -- elementwise sum of int8 tensors of one shape, with one multiplication an operand.
 *
 *   out[i] = clamp(saturate((in1[i] * multiplier1 / 2^8 + in2[i] * multiplier2 / 2^8 + addend) / 2^20))
 *
 * Each quotient is cut off downward. The constants are proven offline, on all pairs of int8, to give what eo_add_s8
 * gives with its roundings (edgeopt/ops/ways/add_one_multiply.py); so no sum leaves 32 bits.
 *   in1, in2  [count] int8
 *   out       [count] int8; may be in1 or in2
 *   scratch   none. */
#ifndef EO_ADD_ONE_MULTIPLY_S8_H
#define EO_ADD_ONE_MULTIPLY_S8_H

#include "eo_arch.h"

struct eo_add_one_multiply_s8_params {
    int32_t multiplier1; /* 2^28 times the quotient of the scales of in1 and out */
    int32_t multiplier2;
    int32_t addend;
    int32_t count;
    int32_t clamp_low; /* -128..127 */
    int32_t clamp_high;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_add_one_multiply_s8(const struct eo_add_one_multiply_s8_params *p, const int8_t *in1, const int8_t *in2,
                            int8_t *out);
#ifdef __cplusplus
}
#endif

#endif

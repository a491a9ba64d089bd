/* eo_l2_normalization_s8 -- each row over the root of the sum of its squares.
 *
 *   x      = in[i] + offset
 *   out[i] = clamp(round(128 * x / sqrt(sum of x * x)))
 *   in     [rows][depth] int8
 *   out    [rows][depth] int8, scale 1/128, zero point 0; may be `in`
 *
 * A row of zeros stays one. The squares are summed in 31 bits: depth is at most 2^15. */
#ifndef EO_L2_NORMALIZATION_S8_H
#define EO_L2_NORMALIZATION_S8_H

#include "eo_arch.h"

struct eo_l2_normalization_s8_params {
    int32_t rows;
    int32_t depth;
    int32_t offset; /* minus the zero point, -127..128 */
};

void eo_l2_normalization_s8(const struct eo_l2_normalization_s8_params *p, const int8_t *in, int8_t *out);

#endif

/* eo_softmax_s8 -- softmax over the innermost dimension, in gemmlowp's fixed point.
 *
 *   e[i]   = exponentials[largest of the row - in[i]], 0 beyond the table
 *   out[i] = round(256 e[i] / sum of e) - 128, at most 127
 *   in    [rows][depth] int8
 *   out   [rows][depth] int8, scale 1/256, zero point -128; may be `in`
 * The sum is kept in 1/2^19: depth is at most 4095. */
#ifndef EO_SOFTMAX_S8_H
#define EO_SOFTMAX_S8_H

#include "eo_arch.h"

struct eo_softmax_s8_params {
    int32_t rows;
    int32_t depth;
    int32_t known;               /* entries of the table, 1..256 */
    const int32_t *exponentials; /* [known], exp(-d * input scale * beta) in Q31 */
};

void eo_softmax_s8(const struct eo_softmax_s8_params *p, const int8_t *in, int8_t *out);

#endif

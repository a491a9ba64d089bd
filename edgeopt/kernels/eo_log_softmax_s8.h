/* eo_log_softmax_s8 -- logarithm of softmax over the innermost dimension, in gemmlowp's fixed point.
 *
 *   d[i]   = in[i] - largest of the row
 *   out[i] = round(16 * (d[i] * input scale - log(sum of exponentials[-d]))) + 127, at least -128
 *   in     [rows][depth] int8
 *   out    [rows][depth] int8, scale 1/16, zero point 127; may be `in`
 *
 * The sum is kept in 1/2^19: depth is at most 4095. */
#ifndef EO_LOG_SOFTMAX_S8_H
#define EO_LOG_SOFTMAX_S8_H

#include "eo_arch.h"

struct eo_log_softmax_s8_params {
    int32_t rows;
    int32_t depth;
    int32_t known;               /* entries of the table, 1..256 */
    const int32_t *exponentials; /* [known], exp(-d * input scale) in Q31 */
    int32_t multiplier;          /* with `left`: a step of the input in Q5 */
    int32_t left;                /* 1..30 */
    int32_t reverse_multiplier;  /* with `reverse_right`: from Q5 to steps of the input */
    int32_t reverse_right;       /* 0..31 */
    int32_t farthest;            /* 0..255; what is further below the largest gives -128 */
};

void eo_log_softmax_s8(const struct eo_log_softmax_s8_params *p, const int8_t *in, int8_t *out);

#endif

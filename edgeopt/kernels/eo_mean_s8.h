/* eo_mean_s8 -- mean or sum over any axes, requantized.
 *
 *   out[k] = clamp(requantize(sum - n * zero point of the input) + zero point of the output)
 *   in    int8: kept dimensions are walked once, reduced ones for each output (eo_walk.h)
 *   out   [outputs] int8
 * in and out must not overlap. The multiplier of a mean has 1/n in it. A sum of 2^23 elements fits. */
#ifndef EO_MEAN_S8_H
#define EO_MEAN_S8_H

#include "eo_arch.h"

struct eo_mean_s8_params {
    int32_t kept_dims;              /* 0..6 */
    const int32_t *kept_extents;    /* [kept_dims] */
    const int32_t *kept_jumps;      /* [kept_dims] */
    int32_t reduced_dims;           /* 0..6, without the innermost, which is the run */
    const int32_t *reduced_extents; /* [reduced_dims] */
    const int32_t *reduced_jumps;   /* [reduced_dims] */
    int32_t count;                  /* elements of a run */
    int32_t step;                   /* between them */
    int32_t bias;                   /* minus n times the zero point of the input */
    int32_t multiplier;             /* in [0, 2^31) */
    int32_t shift;                  /* -31..30, to the left where above 0 */
    int32_t offset;                 /* zero point of the output */
};

void eo_mean_s8(const struct eo_mean_s8_params *p, const int8_t *in, int8_t *out);

#endif

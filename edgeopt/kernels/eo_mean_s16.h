/* eo_mean_s16 -- mean of int16 over any axes, requantized.
 *
 *   out[k] = clamp(requantize(sum))
 *   in    int16: kept dimensions are walked once, reduced ones for each output (eo_walk.h)
 *   out   [outputs] int16
 * in and out must not overlap. The multiplier has 1/n in it; a sum of 65,535 elements fits. */
#ifndef EO_MEAN_S16_H
#define EO_MEAN_S16_H

#include "eo_arch.h"

struct eo_mean_s16_params {
    int32_t kept_dims;              /* 0..6 */
    const int32_t *kept_extents;    /* [kept_dims] */
    const int32_t *kept_jumps;      /* [kept_dims] */
    int32_t reduced_dims;           /* 0..6, without the innermost, which is the run */
    const int32_t *reduced_extents; /* [reduced_dims] */
    const int32_t *reduced_jumps;   /* [reduced_dims] */
    int32_t count;                  /* elements of a run */
    int32_t step;                   /* between them */
    int32_t multiplier;             /* in [0, 2^31) */
    int32_t shift;                  /* -31..14, to the left where above 0 */
};

void eo_mean_s16(const struct eo_mean_s16_params *p, const int16_t *in, int16_t *out);

#endif

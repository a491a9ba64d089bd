/* eo_reduce_max_s8 -- the largest or smallest value over any axes.
 *
 *   out[k] = max(in ^ flip) ^ flip; all bits flipped, the order is reversed: that is the minimum
 *   in    int8: kept dimensions are walked once, reduced ones for each output (eo_walk.h)
 *   out   [outputs] int8
 *
 * in and out must not overlap. */
#ifndef EO_REDUCE_MAX_S8_H
#define EO_REDUCE_MAX_S8_H

#include "eo_arch.h"

struct eo_reduce_max_s8_params {
    int32_t flip;                   /* 0: maximum; -1: minimum */
    int32_t kept_dims;              /* 0..6 */
    const int32_t *kept_extents;    /* [kept_dims] */
    const int32_t *kept_jumps;      /* [kept_dims] */
    int32_t reduced_dims;           /* 0..6, without the innermost, which is the run */
    const int32_t *reduced_extents; /* [reduced_dims] */
    const int32_t *reduced_jumps;   /* [reduced_dims] */
    int32_t count;                  /* elements of a run */
    int32_t step;                   /* between them */
};

void eo_reduce_max_s8(const struct eo_reduce_max_s8_params *p, const int8_t *in, int8_t *out);

#endif

/* eo_copy_runs -- copies runs of bytes that lie together on both sides, whatever their type.
 *
 *   in, out   any; `count` runs are in_step and out_step bytes apart, then on along the walk (eo_walk.h)
 * in and out must not overlap. What lies between the runs of `out` is left alone. */
#ifndef EO_COPY_RUNS_H
#define EO_COPY_RUNS_H

#include "eo_arch.h"

struct eo_copy_runs_params {
    int32_t run; /* bytes; this and all below */
    int32_t count;
    int32_t in_step; /* negative to go backwards, 0 to repeat */
    int32_t out_step;
    int32_t in_first; /* where the first run begins */
    int32_t out_first;
    int32_t dims;             /* of the walk, 0..6 */
    const int32_t *extents;   /* [dims] */
    const int32_t *in_jumps;  /* [dims] */
    const int32_t *out_jumps; /* [dims] */
};

void eo_copy_runs(const struct eo_copy_runs_params *p, const void *in, void *out);

#endif

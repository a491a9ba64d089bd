/* eo_mean_f32 -- mean over some dimensions, float32.
 *   out = sum / elements, the sum in the input's order from 0
 *   in    walked twice (eo_walk.h): over the kept dimensions, and for each over the reduced ones
 *   out   [number of kept elements] float; in and out must not overlap */
#ifndef EO_MEAN_F32_H
#define EO_MEAN_F32_H

#include "eo_arch.h"

struct eo_mean_f32_params {
    int32_t kept_dims;           /* 0..6 */
    const int32_t *kept_extents; /* [kept_dims] */
    const int32_t *kept_jumps;
    int32_t reduced_dims; /* 0..6, without the last, which is the run */
    const int32_t *reduced_extents;
    const int32_t *reduced_jumps;
    int32_t count;  /* elements of the run */
    int32_t step;   /* between them */
    float elements; /* of which each output is the mean */
};

void eo_mean_f32(const struct eo_mean_f32_params *p, const float *in, float *out);

#endif

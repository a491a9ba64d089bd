/* eo_gather -- slices of an array by indices, whatever the type.
 *
 *   out[b][k][i][..] = in[b][k][indices[b][i]][..]; an index that is out of range gives the first or the last slice
 *   in        [batches][outer][extent][run] bytes
 *   indices   [batches][count] int32
 *   out       [batches][outer][count][run] bytes
 * `out` must not overlap the others. */
#ifndef EO_GATHER_H
#define EO_GATHER_H

#include "eo_arch.h"

struct eo_gather_params {
    int32_t batches;
    int32_t outer;
    int32_t extent; /* at least 1 */
    int32_t count;
    int32_t run; /* bytes */
};

void eo_gather(const struct eo_gather_params *p, const void *in, const int32_t *indices, void *out);

#endif

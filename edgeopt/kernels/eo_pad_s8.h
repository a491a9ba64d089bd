/* eo_pad_s8 -- puts an array into a larger one whose other elements have one value.
 *
 *   in    dense, int8
 *   out   [out_count] int8: `value`, then the runs of `in` at first, and on along the walk (eo_walk.h)
 * in and out must not overlap. */
#ifndef EO_PAD_S8_H
#define EO_PAD_S8_H

#include "eo_arch.h"

struct eo_pad_s8_params {
    int32_t out_count;
    int32_t value;          /* -128..127 */
    int32_t first;          /* where in `out` the first run goes */
    int32_t run;            /* elements that stay together */
    int32_t dims;           /* of the walk over runs, 0..6 */
    const int32_t *extents; /* [dims] */
    const int32_t *jumps;   /* [dims], in `out` */
};

void eo_pad_s8(const struct eo_pad_s8_params *p, const int8_t *in, int8_t *out);

#endif

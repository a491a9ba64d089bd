/* eo_copy_elements -- copies elements that lie apart on either side, whatever their type.
 *
 *   in, out   any, aligned to `width` bytes or, if that is 8, to 4
 *             `count` elements are in_step and out_step bytes apart, then on along the walk (eo_walk.h)
 * in and out must not overlap. What lies between the elements of `out` is left alone. */
#ifndef EO_COPY_ELEMENTS_H
#define EO_COPY_ELEMENTS_H

#include "eo_arch.h"

struct eo_copy_elements_params {
    int32_t width; /* of an element: 1, 2, 4 or 8 bytes */
    int32_t count;
    int32_t in_step; /* bytes, this and all below; negative to go backwards, 0 to repeat */
    int32_t out_step;
    int32_t in_first; /* where the first element lies */
    int32_t out_first;
    int32_t dims;             /* of the walk, 0..6 */
    const int32_t *extents;   /* [dims] */
    const int32_t *in_jumps;  /* [dims] */
    const int32_t *out_jumps; /* [dims] */
};

void eo_copy_elements(const struct eo_copy_elements_params *p, const void *in, void *out);

#endif

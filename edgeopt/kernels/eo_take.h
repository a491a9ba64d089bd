/* eo_take -- takes the rows and columns that two tables name, whatever the type.
 *
 *   out[k][i][j][..] = run of `in` at k * in_step + rows[i] + cols[j]
 *   in    any
 *   out   [outer][row_count][col_count][run] bytes
 * in and out must not overlap. */
#ifndef EO_TAKE_H
#define EO_TAKE_H

#include "eo_arch.h"

struct eo_take_params {
    int32_t outer;
    int32_t in_step; /* bytes; this and all below */
    int32_t row_count;
    const int32_t *rows; /* [row_count] */
    int32_t col_count;
    const int32_t *cols; /* [col_count] */
    int32_t run;
};

void eo_take(const struct eo_take_params *p, const void *in, void *out);

#endif

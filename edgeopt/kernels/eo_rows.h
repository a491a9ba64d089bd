/* eo_rows.h -- walks two broadcast operands row by row, for kernels whose inner loop is one row of the output.
 *
 *   struct eo_rows rows = eo_rows_start(in1, in2, out);
 *   do {
 *       one row, from rows.in1 and rows.in2 to rows.out
 *   } while (eo_rows_next(&rows, p->count, p->dims, p->extents, p->jumps1, p->jumps2)); */
#ifndef EO_ROWS_H
#define EO_ROWS_H

#include "eo_walk.h"

struct eo_rows {
    struct eo_walk walk;
    const int8_t *in1;
    const int8_t *in2;
    int8_t *out;
};

static inline struct eo_rows eo_rows_start(const int8_t *in1, const int8_t *in2, int8_t *out) {
    struct eo_rows rows;
    rows.walk = eo_walk_start();
    rows.in1 = in1;
    rows.in2 = in2;
    rows.out = out;
    return rows;
}

/* Goes to the next row of `count` outputs; 0 where there is none. dims, extents and jumps as in eo_walk.h. */
static inline int eo_rows_next(struct eo_rows *rows, int32_t count, int32_t dims, const int32_t *extents,
                               const int32_t *jumps1, const int32_t *jumps2) {
    const int32_t moved = eo_walk_next(&rows->walk, dims, extents);
    if (moved < 0) {
        return 0;
    }
    rows->in1 += jumps1[moved];
    rows->in2 += jumps2[moved];
    rows->out += count;
    return 1;
}

#endif

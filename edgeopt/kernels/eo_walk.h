/* eo_walk.h -- walks over the outer dimensions of strided arrays, for kernels whose inner loop is a plain run.
 *
 * `dims` extents, the last one fastest, each at least 2. After a run eo_walk_next says which dimension moved on; the
 * caller adds jumps[moved] to its pointer. A jump is that dimension's stride less what the faster ones have moved. */
#ifndef EO_WALK_H
#define EO_WALK_H

#include "eo_arch.h"

#define EO_WALK_DIMS 6

struct eo_walk {
    int32_t index[EO_WALK_DIMS];
};

static inline struct eo_walk eo_walk_start(void) {
    const struct eo_walk walk = {{0, 0, 0, 0, 0, 0}};
    return walk;
}

/* The dimension that moved on; -1 at the end, when the walk is where it started. */
static inline int32_t eo_walk_next(struct eo_walk *walk, int32_t dims, const int32_t *extents) {
    int32_t moved = dims - 1;
    while (moved >= 0 && ++walk->index[moved] == extents[moved]) {
        walk->index[moved] = 0;
        moved--;
    }
    return moved;
}

#endif

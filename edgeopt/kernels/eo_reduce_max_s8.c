#include "eo_reduce_max_s8.h"
#include "eo_walk.h"

/* The largest of what one output reduces, from its first element on, all with flipped bits. */
static int32_t largest_of(const struct eo_reduce_max_s8_params *p, const int8_t *in) {
    int32_t largest = -128;
    struct eo_walk walk = eo_walk_start();
    for (;;) {
        const int8_t *x = in;
        for (int32_t i = p->count; i > 0; i--) {
            const int32_t flipped = *x ^ p->flip;
            largest = flipped > largest ? flipped : largest;
            x += p->step;
        }
        const int32_t moved = eo_walk_next(&walk, p->reduced_dims, p->reduced_extents);
        if (moved < 0) {
            return largest;
        }
        in += p->reduced_jumps[moved];
    }
}

void eo_reduce_max_s8(const struct eo_reduce_max_s8_params *p, const int8_t *in, int8_t *out) {
    struct eo_walk walk = eo_walk_start();
    for (;;) {
        *out++ = (int8_t)(largest_of(p, in) ^ p->flip);
        const int32_t moved = eo_walk_next(&walk, p->kept_dims, p->kept_extents);
        if (moved < 0) {
            return;
        }
        in += p->kept_jumps[moved];
    }
}

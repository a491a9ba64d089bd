#include "eo_mean_s16.h"
#include "eo_requant.h"
#include "eo_walk.h"

/* The sum of what one output reduces, from its first element on. */
static int32_t sum_of(const struct eo_mean_s16_params *p, const int16_t *in) {
    int32_t sum = 0;
    struct eo_walk walk = eo_walk_start();
    for (;;) {
        const int16_t *x = in;
        for (int32_t i = p->count; i > 0; i--) {
            sum += *x;
            x += p->step;
        }
        const int32_t moved = eo_walk_next(&walk, p->reduced_dims, p->reduced_extents);
        if (moved < 0) {
            return sum;
        }
        in += p->reduced_jumps[moved];
    }
}

void eo_mean_s16(const struct eo_mean_s16_params *p, const int16_t *in, int16_t *out) {
    struct eo_walk walk = eo_walk_start();
    for (;;) {
        *out++ = (int16_t)eo_saturate_s16(eo_requantize(sum_of(p, in), p->multiplier, (int)p->shift));
        const int32_t moved = eo_walk_next(&walk, p->kept_dims, p->kept_extents);
        if (moved < 0) {
            return;
        }
        in += p->kept_jumps[moved];
    }
}

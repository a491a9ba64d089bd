#include "eo_float.h"
#include "eo_mean_f32.h"
#include "eo_walk.h"

static float sum_of(const struct eo_mean_f32_params *p, const float *in) {
    struct eo_walk walk = eo_walk_start();
    float sum = 0.0f;
    for (;;) {
        for (int32_t i = 0; i < p->count; i++) {
            sum += in[i * p->step];
        }
        const int32_t moved = eo_walk_next(&walk, p->reduced_dims, p->reduced_extents);
        if (moved < 0) {
            return sum;
        }
        in += p->reduced_jumps[moved];
    }
}

void eo_mean_f32(const struct eo_mean_f32_params *p, const float *in, float *out) {
    struct eo_walk walk = eo_walk_start();
    for (;;) {
        *out++ = sum_of(p, in) / p->elements;
        const int32_t moved = eo_walk_next(&walk, p->kept_dims, p->kept_extents);
        if (moved < 0) {
            return;
        }
        in += p->kept_jumps[moved];
    }
}

#include "eo_float.h"
#include "eo_arithmetic_f32.h"
#include "eo_walk.h"

static inline float apply(int32_t operation, float a, float b) {
    return operation == 2 ? a * b : (operation == 1 ? a - b : a + b);
}

static void one_row(const struct eo_arithmetic_f32_params *p, const float *in1, const float *in2, float *out) {
    for (int32_t i = p->count; i > 0; i--) {
        *out++ = eo_limit_f32(apply(p->operation, *in1, *in2), p->low, p->high);
        in1 += p->step1;
        in2 += p->step2;
    }
}

void eo_arithmetic_f32(const struct eo_arithmetic_f32_params *p, const float *in1, const float *in2, float *out) {
    struct eo_walk walk = eo_walk_start();
    for (;;) {
        one_row(p, in1, in2, out);
        const int32_t moved = eo_walk_next(&walk, p->dims, p->extents);
        if (moved < 0) {
            return;
        }
        in1 += p->jumps1[moved];
        in2 += p->jumps2[moved];
        out += p->count;
    }
}

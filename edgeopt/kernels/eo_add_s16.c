#include "eo_add_s16.h"
#include "eo_elementwise.h"
#include "eo_walk.h"

static void add_row(const struct eo_add_s16_params *p, const int16_t *in1, const int16_t *in2, int16_t *out) {
    const struct eo_add_s16_params q = *p; /* a copy cannot be what `out` writes, so it stays in registers */
    const int32_t half1 = (int32_t)1 << (q.right1 - 1), half = (int32_t)1 << (q.right - 1);
    for (int32_t i = q.count; i > 0; i--) {
        const int32_t scaled1 = eo_high_mul_of_twice(*in1 * ((int32_t)1 << 16), q.multiplier1);
        const int32_t t = eo_shift_nudged(scaled1, half1, (int)q.right1);
        const int32_t sum = *in2 * q.factor2 + t * q.factor1;
        const int32_t y = eo_shift_nudged(eo_high_mul_of_twice(sum, q.multiplier), half, (int)q.right);
        *out++ = (int16_t)eo_clamp(y, q.low, q.high);
        in1 += q.step1;
        in2 += q.step2;
    }
}

void eo_add_s16(const struct eo_add_s16_params *p, const int16_t *in1, const int16_t *in2, int16_t *out) {
    struct eo_walk walk = eo_walk_start();
    for (;;) {
        add_row(p, in1, in2, out);
        const int32_t moved = eo_walk_next(&walk, p->dims, p->extents);
        if (moved < 0) {
            return;
        }
        in1 += p->jumps1[moved];
        in2 += p->jumps2[moved];
        out += p->count;
    }
}

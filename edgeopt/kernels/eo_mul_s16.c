#include "eo_mul_s16.h"
#include "eo_elementwise.h"
#include "eo_walk.h"

static void mul_row(const struct eo_mul_s16_params *p, const int16_t *in1, const int16_t *in2, int16_t *out) {
    const struct eo_mul_s16_params q = *p; /* a copy cannot be what `out` writes, so it stays in registers */
    const int32_t half = (int32_t)1 << (q.right - 1);
    for (int32_t i = q.count; i > 0; i--) {
        const int32_t product = *in1 * (int32_t)*in2; /* at most 2^30, so half of its rescaling fits too */
        const int32_t y = eo_shift_nudged(eo_doubling_high_mul(product, q.multiplier), half, (int)q.right);
        *out++ = (int16_t)eo_clamp(y, q.low, q.high);
        in1 += q.step1;
        in2 += q.step2;
    }
}

void eo_mul_s16(const struct eo_mul_s16_params *p, const int16_t *in1, const int16_t *in2, int16_t *out) {
    struct eo_walk walk = eo_walk_start();
    for (;;) {
        mul_row(p, in1, in2, out);
        const int32_t moved = eo_walk_next(&walk, p->dims, p->extents);
        if (moved < 0) {
            return;
        }
        in1 += p->jumps1[moved];
        in2 += p->jumps2[moved];
        out += p->count;
    }
}

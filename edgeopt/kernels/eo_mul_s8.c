#include "eo_mul_s8.h"
#include "eo_elementwise.h"
#include "eo_walk.h"

/* Scales below 1/2 shift to the right: one multiplication for the two roundings' first, as in eo_add_s8. */
static void mul_row_right(const struct eo_mul_s8_params *p, const int8_t *in1, const int8_t *in2, int8_t *out) {
    const struct eo_mul_s8_params q = *p; /* a copy cannot be what `out` writes, so it stays in registers */
    const int right = (int)-q.shift;
    const int32_t half = (int32_t)1 << (right - 1);
    for (int32_t i = q.count; i > 0; i--) {
        const int32_t product = (*in1 + q.offset1) * (*in2 + q.offset2); /* |product| <= 255^2 */
        const int32_t high = eo_high_mul_of_twice(2 * product, q.multiplier);
        *out++ = (int8_t)eo_clamp(eo_shift_nudged(high, half, right) + q.offset, q.low, q.high);
        in1 += q.step1;
        in2 += q.step2;
    }
}

static void mul_row_left(const struct eo_mul_s8_params *p, const int8_t *in1, const int8_t *in2, int8_t *out) {
    const struct eo_mul_s8_params q = *p;
    for (int32_t i = q.count; i > 0; i--) {
        const int32_t product = (*in1 + q.offset1) * (*in2 + q.offset2);
        const int32_t rescaled = eo_requantize(product, q.multiplier, (int)q.shift);
        *out++ = (int8_t)eo_clamp(rescaled + q.offset, q.low, q.high);
        in1 += q.step1;
        in2 += q.step2;
    }
}

void eo_mul_s8(const struct eo_mul_s8_params *p, const int8_t *in1, const int8_t *in2, int8_t *out) {
    struct eo_walk walk = eo_walk_start();
    for (;;) {
        if (p->shift < 0) {
            mul_row_right(p, in1, in2, out);
        } else {
            mul_row_left(p, in1, in2, out);
        }
        const int32_t moved = eo_walk_next(&walk, p->dims, p->extents);
        if (moved < 0) {
            return;
        }
        in1 += p->jumps1[moved];
        in2 += p->jumps2[moved];
        out += p->count;
    }
}

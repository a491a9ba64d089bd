#include "eo_add_s8.h"
#include "eo_elementwise.h"
#include "eo_walk.h"

/* The sum before the clamp. */
static inline int32_t add(const struct eo_add_s8_params *p, int32_t x1, int32_t x2) {
    const int32_t scaled1 = eo_high_mul_of_twice(x1 * ((int32_t)1 << 21) + p->bias1, p->multiplier1);
    const int32_t t = eo_shift_nudged(scaled1, p->nudge1, (int)p->right1);
    const int32_t sum = x2 * p->factor2 + p->bias2 + t * p->factor1; /* |sum| < 2^29 */
    return eo_shift_nudged(eo_high_mul_of_twice(sum, p->multiplier), p->nudge, (int)p->right);
}

/* Both operands element by element and the whole range of int8: the usual case, without a comparison. */
static void add_row_full(const struct eo_add_s8_params *p, const int8_t *in1, const int8_t *in2, int8_t *out) {
    const struct eo_add_s8_params q = *p; /* a copy cannot be what `out` writes, so it stays in registers */
    for (int32_t i = q.count; i > 0; i--) {
        *out++ = (int8_t)eo_saturate_s8(add(&q, *in1++, *in2++));
    }
}

static void add_row(const struct eo_add_s8_params *p, const int8_t *in1, const int8_t *in2, int8_t *out) {
    const struct eo_add_s8_params q = *p;
    for (int32_t i = q.count; i > 0; i--) {
        *out++ = (int8_t)eo_clamp(add(&q, *in1, *in2), q.low, q.high);
        in1 += q.step1;
        in2 += q.step2;
    }
}

void eo_add_s8(const struct eo_add_s8_params *p, const int8_t *in1, const int8_t *in2, int8_t *out) {
    const int plain = p->step1 == 1 && p->step2 == 1 && p->low == -128 && p->high == 127;
    struct eo_walk walk = eo_walk_start();
    for (;;) {
        if (plain) {
            add_row_full(p, in1, in2, out);
        } else {
            add_row(p, in1, in2, out);
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

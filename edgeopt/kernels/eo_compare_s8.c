#include "eo_compare_s8.h"
#include "eo_requant.h"
#include "eo_rows.h"

/* The real value with 8 fractional bits. */
static inline int32_t fixed_point(int32_t x, int32_t multiplier, int32_t right) {
    return eo_rounding_shift_right(eo_doubling_high_mul(x * 256, multiplier), (int)right);
}

static void compare_row(const struct eo_compare_s8_params *p, const int8_t *in1, const int8_t *in2, int8_t *out) {
    const struct eo_compare_s8_params q = *p; /* a copy cannot be what `out` writes, so it stays in registers */
    for (int32_t i = q.count; i > 0; i--) {
        const int32_t y1 = fixed_point(*in1 + q.offset1, q.multiplier1, q.right1);
        const int32_t y2 = fixed_point(*in2 + q.offset2, q.multiplier2, q.right2);
        const int32_t relation = y1 < y2 ? 1 : (y1 == y2 ? 2 : 4);
        *out++ = (relation & q.holds_for) != 0 ? 1 : 0;
        in1 += q.step1;
        in2 += q.step2;
    }
}

void eo_compare_s8(const struct eo_compare_s8_params *p, const int8_t *in1, const int8_t *in2, uint8_t *out) {
    struct eo_rows rows = eo_rows_start(in1, in2, (int8_t *)out);
    do {
        compare_row(p, rows.in1, rows.in2, rows.out);
    } while (eo_rows_next(&rows, p->count, p->dims, p->extents, p->jumps1, p->jumps2));
}

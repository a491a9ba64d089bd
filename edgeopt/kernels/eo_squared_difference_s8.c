#include "eo_squared_difference_s8.h"
#include "eo_requant.h"
#include "eo_rows.h"

static void squared_difference_row(const struct eo_squared_difference_s8_params *p, const int8_t *in1,
                                   const int8_t *in2, int8_t *out) {
    /* a copy cannot be what `out` writes, so it stays in registers */
    const struct eo_squared_difference_s8_params q = *p;
    for (int32_t i = q.count; i > 0; i--) {
        const int32_t x1 = eo_doubling_high_mul((*in1 + q.offset1) * 128, q.multiplier1);
        const int32_t d = (*in2 + q.offset2) * 64 - eo_rounding_shift_right(x1, (int)q.right1);
        const int32_t y = eo_rounding_shift_right(eo_doubling_high_mul(d * d, q.multiplier), (int)q.right);
        *out++ = (int8_t)eo_clamp(y + q.offset, q.low, q.high);
        in1 += q.step1;
        in2 += q.step2;
    }
}

void eo_squared_difference_s8(const struct eo_squared_difference_s8_params *p, const int8_t *in1, const int8_t *in2,
                              int8_t *out) {
    struct eo_rows rows = eo_rows_start(in1, in2, out);
    do {
        squared_difference_row(p, rows.in1, rows.in2, rows.out);
    } while (eo_rows_next(&rows, p->count, p->dims, p->extents, p->jumps1, p->jumps2));
}

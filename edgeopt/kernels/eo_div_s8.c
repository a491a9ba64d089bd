#include "eo_div_s8.h"
#include "eo_fixedpoint.h"
#include "eo_rows.h"

/* requantize(x1 / x2) for |x1| <= 255 and x2 in 1..255. */
static int32_t quotient(int32_t x1, int32_t x2, int32_t multiplier, int shift) {
    /* x2 = 2^(31 - zeros) * (1 + fraction), fraction in Q0 */
    const int zeros = eo_leading_zeros((uint32_t)x2);
    const int32_t reciprocal = eo_one_over_one_plus((int32_t)(((uint32_t)x2 << zeros) - 0x80000000u));
    const int headroom = eo_sign_bits(x1);
    const int32_t product = eo_fixed_mul((int32_t)((uint32_t)x1 << headroom), reciprocal);
    const int right = headroom + 31 - zeros - shift;
    return right > 31 ? 0 : eo_rounding_shift_right(eo_fixed_mul(product, multiplier), right);
}

/* Beyond the clamp on the side of x1, which is divided by 0. */
static int32_t far_end(int32_t x1) {
    return x1 == 0 ? 0 : (x1 < 0 ? -256 : 256);
}

static void div_row(const struct eo_div_s8_params *p, const int8_t *in1, const int8_t *in2, int8_t *out) {
    const struct eo_div_s8_params q = *p; /* a copy cannot be what `out` writes, so it stays in registers */
    for (int32_t i = q.count; i > 0; i--) {
        const int32_t x1 = *in1 + q.offset1;
        const int32_t x2 = *in2 + q.offset2;
        const int32_t y = x2 == 0  ? far_end(x1)
                          : x2 < 0 ? quotient(-x1, -x2, q.multiplier, (int)q.shift)
                                   : quotient(x1, x2, q.multiplier, (int)q.shift);
        *out++ = (int8_t)eo_clamp(y + q.offset, q.low, q.high);
        in1 += q.step1;
        in2 += q.step2;
    }
}

void eo_div_s8(const struct eo_div_s8_params *p, const int8_t *in1, const int8_t *in2, int8_t *out) {
    struct eo_rows rows = eo_rows_start(in1, in2, out);
    do {
        div_row(p, rows.in1, rows.in2, rows.out);
    } while (eo_rows_next(&rows, p->count, p->dims, p->extents, p->jumps1, p->jumps2));
}

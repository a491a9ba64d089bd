#include "eo_l2_normalization_s8.h"
#include "eo_fixedpoint.h"

struct scale {
    int32_t multiplier;
    int shift;
};

/* 1 / sqrt(x) as eo_requantize takes it, x >= 0; 0 counts as 1. Five Newton-Raphson steps from 1, on x / 4^k, which
 * lies in [1/4, 1). Q3 throughout. */
static struct scale inverse_sqrt(int32_t x) {
    struct scale result = {INT32_MAX, 0};
    if (x <= 1) {
        return result;
    }
    const int right = x >= (int32_t)1 << 29 ? 1 : 0;
    x >>= 2 * right;
    const int left = (eo_leading_zeros((uint32_t)x) - 1) / 2 - 1;
    const int32_t a = (int32_t)((uint32_t)x << (2 * left)) >> 1;
    const int32_t half_a = eo_rounding_shift_right(a, 1);
    int32_t y = (int32_t)1 << 28;
    for (int step = 0; step < 5; step++) {
        const int32_t cube = eo_times_pot(eo_fixed_mul(eo_fixed_mul(y, y), y), 6);
        const int32_t three_halves = eo_fixed_mul(y, ((int32_t)1 << 28) + ((int32_t)1 << 27));
        y = eo_times_pot(three_halves - eo_fixed_mul(half_a, cube), 3);
    }
    result.multiplier = eo_fixed_mul(y, 1518500250); /* sqrt(1/2) in Q0 */
    result.shift = left - right - 11;
    if (result.shift > 0) {
        result.multiplier *= (int32_t)1 << result.shift;
        result.shift = 0;
    }
    return result;
}

void eo_l2_normalization_s8(const struct eo_l2_normalization_s8_params *p, const int8_t *in, int8_t *out) {
    const int32_t depth = p->depth;
    const int32_t offset = p->offset;
    for (int32_t row = p->rows; row > 0; row--) {
        int32_t sum = 0;
        for (int32_t i = 0; i < depth; i++) {
            const int32_t x = in[i] + offset;
            sum += x * x;
        }
        const struct scale scale = inverse_sqrt(sum);
        for (int32_t i = 0; i < depth; i++) {
            const int32_t y = eo_requantize(in[i] + offset, scale.multiplier, scale.shift + 7);
            out[i] = (int8_t)eo_clamp(y, -128, 127);
        }
        in += depth;
        out += depth;
    }
}

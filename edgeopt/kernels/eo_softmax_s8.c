#include "eo_softmax_s8.h"
#include "eo_requant.h"

/* 1 / (1 + x), x and the result in Q31, x >= 0: Newton-Raphson on d = (1 + x) / 2, as gemmlowp does it. */
static int32_t one_over_one_plus(int32_t x) {
    const int32_t half_denominator = (int32_t)(((uint32_t)x + 0x80000000u) >> 1);
    /* 48/17 - 32/17 d in Q29, where the reciprocal of d, 1..2, has room */
    int32_t estimate = 1515870810 + eo_doubling_high_mul(-1010580540, half_denominator);
    for (int step = 0; step < 3; step++) {
        const int32_t error = ((int32_t)1 << 29) - eo_doubling_high_mul(half_denominator, estimate);
        estimate += 4 * eo_doubling_high_mul(error, estimate);
    }
    return estimate >= (int32_t)1 << 30 ? INT32_MAX : 2 * estimate;
}

static void softmax_row(const struct eo_softmax_s8_params *p, const int8_t *in, int8_t *out) {
    int32_t largest = -128;
    for (int32_t i = 0; i < p->depth; i++) {
        largest = in[i] > largest ? in[i] : largest;
    }
    uint32_t sum = 0; /* at least 2^19: the largest element counts 1 */
    for (int32_t i = 0; i < p->depth; i++) {
        const int32_t difference = largest - in[i];
        if (difference < p->known) {
            sum += ((uint32_t)p->exponentials[difference] + 0x800u) >> 12;
        }
    }
    /* sum = 2^(12 - headroom) * (1 + x), x in Q31 */
    int headroom = 1;
    for (sum <<= 1; sum < 0x80000000u; sum <<= 1) {
        headroom++;
    }
    sum <<= 1;
    const int32_t scale = one_over_one_plus((int32_t)(sum >> 1));
    const int exponent = 35 - headroom;
    for (int32_t i = 0; i < p->depth; i++) {
        const int32_t difference = largest - in[i];
        int32_t y = -128;
        if (difference < p->known && exponent <= 31) { /* above, every output is below half a step */
            y += eo_rounding_shift_right(eo_doubling_high_mul(p->exponentials[difference], scale), exponent);
        }
        out[i] = (int8_t)eo_clamp(y, -128, 127);
    }
}

void eo_softmax_s8(const struct eo_softmax_s8_params *p, const int8_t *in, int8_t *out) {
    for (int32_t row = 0; row < p->rows; row++) {
        softmax_row(p, in, out);
        in += p->depth;
        out += p->depth;
    }
}

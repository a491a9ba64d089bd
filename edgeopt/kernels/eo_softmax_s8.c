#include "eo_softmax_s8.h"
#include "eo_fixedpoint.h"

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
    const int32_t scale = eo_one_over_one_plus((int32_t)(sum >> 1));
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

#include "eo_softmax_s16.h"
#include "eo_lines_s16.h"
#include "eo_requant.h"

/* exp(x - largest) in Q15. */
static inline int32_t exponential(const struct eo_softmax_s16_params *p, int32_t difference) {
    const int32_t steps = eo_requantize(difference, p->multiplier, (int)p->shift);
    return eo_between_lines_s16(p->exponentials, eo_clamp(steps + 32767, -32768, 32767));
}

static void softmax_row(const struct eo_softmax_s16_params *p, const int16_t *in, int16_t *out) {
    int32_t largest = -32768;
    for (int32_t i = 0; i < p->depth; i++) {
        largest = in[i] > largest ? in[i] : largest;
    }
    int32_t sum = 0; /* at least what the largest counts, and below 2^31 */
    for (int32_t i = 0; i < p->depth; i++) {
        const int32_t e = exponential(p, in[i] - largest);
        out[i] = (int16_t)e;
        sum += e;
    }
    /* sum = 2^right * (1 + x); x with 16 bits, centered */
    int right = 30;
    uint32_t scaled = (uint32_t)sum;
    for (; scaled < (uint32_t)1 << 30; scaled <<= 1) {
        right--;
    }
    const int32_t x = (int32_t)((scaled + ((uint32_t)1 << 13)) >> 14) - ((int32_t)3 << 15);
    const int32_t reciprocal = eo_between_lines_s16(p->reciprocals, eo_clamp(x, -32768, 32767));
    const int32_t half = (int32_t)1 << (right - 1);
    for (int32_t i = 0; i < p->depth; i++) {
        out[i] = (int16_t)eo_clamp((out[i] * reciprocal + half) >> right, 0, 32767);
    }
}

void eo_softmax_s16(const struct eo_softmax_s16_params *p, const int16_t *in, int16_t *out) {
    for (int32_t row = 0; row < p->rows; row++) {
        softmax_row(p, in, out);
        in += p->depth;
        out += p->depth;
    }
}

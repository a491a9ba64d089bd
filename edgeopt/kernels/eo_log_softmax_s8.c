#include "eo_log_softmax_s8.h"
#include "eo_fixedpoint.h"

#define SQRT_HALF 1518500250 /* Q0, as all that follow */
#define SQRT_SQRT_HALF 1805811301
#define LOG_2 1488522236

/* log(x) for x in Q12, at least 1, as Q5: a quotient of polynomials around 2^(-1/4), and a multiple of log(2) / 2. */
static int32_t log_at_least_one(int32_t x) {
    /* x = r * 2^power, in the better one of two ways to take powers of two out of it. The powers are Q6. */
    const int zeros_a = eo_leading_zeros((uint32_t)x);
    const int32_t r_a = eo_times_pot(eo_fixed_mul((int32_t)((uint32_t)x << (zeros_a - 1)), SQRT_HALF), 1);
    const int32_t power_a = (12 - zeros_a) * ((int32_t)1 << 25) + ((int32_t)1 << 23);
    const int zeros_b = eo_leading_zeros((uint32_t)eo_fixed_mul(x, SQRT_HALF));
    const int32_t r_b = eo_times_pot(x, zeros_b - 1);
    const int32_t power_b = (13 - zeros_b) * ((int32_t)1 << 25) - ((int32_t)1 << 23);
    const int32_t r = r_a < r_b ? r_a : r_b; /* sqrt(1/2)..1 */
    const int32_t power = power_a > power_b ? power_a : power_b;
    const int32_t p = (int32_t)(((uint32_t)r + SQRT_SQRT_HALF + 1u) >> 1);
    const int32_t q = 2 * (r - SQRT_SQRT_HALF); /* within +-1/3 */
    const int32_t magnitude = q < 0 ? -q : q;   /* a multiplier is not negative */
    const int32_t q2 = eo_fixed_mul(magnitude, magnitude);
    const int32_t numerator = eo_fixed_mul(q, r) + eo_fixed_mul(eo_fixed_mul(q, q2), 117049297);
    const int32_t denominator_less_one =
        eo_fixed_mul(1057819769 + q + eo_fixed_mul(q2, 127690142), p) + eo_fixed_mul(q, 638450708);
    const int32_t quotient =
        eo_fixed_mul(eo_rounding_shift_right(numerator, 6), eo_one_over_one_plus(denominator_less_one));
    return eo_times_pot(eo_fixed_mul(power, LOG_2) + quotient, 1);
}

static void log_softmax_row(const struct eo_log_softmax_s8_params *p, const int8_t *in, int8_t *out) {
    int32_t largest = -128;
    for (int32_t i = 0; i < p->depth; i++) {
        largest = in[i] > largest ? in[i] : largest;
    }
    uint32_t sum = 0; /* in 2^19..2^31: the largest element counts 1 */
    for (int32_t i = 0; i < p->depth; i++) {
        const int32_t difference = largest - in[i];
        if (difference < p->known) {
            sum += ((uint32_t)p->exponentials[difference] + 0x800u) >> 12;
        }
    }
    const int32_t log_sum = log_at_least_one((int32_t)sum);
    const int32_t lowest = eo_requantize(log_sum + INT32_MIN, p->reverse_multiplier, (int)-p->reverse_right);
    const int32_t least = lowest > -p->farthest - 1 ? lowest : -p->farthest - 1;
    for (int32_t i = 0; i < p->depth; i++) {
        const int32_t difference = in[i] - largest;
        int32_t y = -128;
        if (difference > least) { /* the logarithm of the share is above -32 */
            const int32_t log_share = eo_requantize(difference, p->multiplier, (int)p->left) - log_sum;
            y = eo_clamp(eo_rounding_shift_right(log_share, 22) + 127, -128, 127);
        }
        out[i] = (int8_t)y;
    }
}

void eo_log_softmax_s8(const struct eo_log_softmax_s8_params *p, const int8_t *in, int8_t *out) {
    for (int32_t row = 0; row < p->rows; row++) {
        log_softmax_row(p, in, out);
        in += p->depth;
        out += p->depth;
    }
}

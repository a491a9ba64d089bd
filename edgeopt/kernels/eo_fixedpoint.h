/* eo_fixedpoint.h -- gemmlowp's fixed-point functions for kernels that cannot have them as a table.
 *
 * Twin of edgeopt/ops/_fixedpoint.py; the tests of the operators compare the two. A Qm number has m integer bits. */
#ifndef EO_FIXEDPOINT_H
#define EO_FIXEDPOINT_H

#include "eo_requant.h"

/* eo_doubling_high_mul for arithmetic that multiplies many times; out of line where it takes many instructions. */
#if EO_HAS_LONG_MULTIPLY
static inline int32_t eo_fixed_mul(int32_t a, int32_t multiplier) {
    return eo_doubling_high_mul(a, multiplier);
}
#else
static EO_OUT_OF_LINE int32_t eo_fixed_mul(int32_t a, int32_t multiplier) {
    return eo_doubling_high_mul(a, multiplier);
}
#endif

/* Zero bits above the highest one; x is not 0. */
static inline int eo_leading_zeros(uint32_t x) {
#if defined(__ARM_FEATURE_CLZ)
    return __builtin_clz(x);
#else
    int zeros = 0;
    for (int step = 16; step > 0; step >>= 1) {
        if (x >> (32 - step) == 0) {
            zeros += step;
            x <<= step;
        }
    }
    return zeros;
#endif
}

/* Bits below the sign that equal it. */
static inline int eo_sign_bits(int32_t x) {
    return eo_leading_zeros((uint32_t)(x < 0 ? ~x : x) << 1 | 1u);
}

/* x * 2^left, at most INT32_MAX; x >= -2^(31 - left). */
static inline int32_t eo_times_pot(int32_t x, int left) {
    return x > (INT32_MAX >> left) ? INT32_MAX : (int32_t)((uint32_t)x << left);
}

/* 1 / (1 + x), x and the result in Q0, x >= 0: Newton-Raphson on d = (1 + x) / 2, as gemmlowp does it. */
static inline int32_t eo_one_over_one_plus(int32_t x) {
    const int32_t half_denominator = (int32_t)(((uint32_t)x + 0x80000000u) >> 1);
    /* 48/17 - 32/17 d in Q2, where the reciprocal of d, 1..2, has room */
    int32_t estimate = 1515870810 + eo_fixed_mul(-1010580540, half_denominator);
    for (int step = 0; step < 3; step++) {
        const int32_t error = ((int32_t)1 << 29) - eo_fixed_mul(half_denominator, estimate);
        estimate += 4 * eo_fixed_mul(error, estimate);
    }
    return eo_times_pot(estimate, 1);
}

#endif

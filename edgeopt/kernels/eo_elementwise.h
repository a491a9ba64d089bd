/* eo_elementwise.h -- the arithmetic that the kernels of two operands share. */
#ifndef EO_ELEMENTWISE_H
#define EO_ELEMENTWISE_H

#include "eo_requant.h"

/* Twice the doubling high multiply's first operand, so that one SMMULR does it: |twice| < 2^31 and even. */
static inline int32_t eo_high_mul_of_twice(int32_t twice, int32_t multiplier) {
#if EO_HAS_DSP
    return eo_smmulr(twice, multiplier);
#else
    return eo_doubling_high_mul(twice >> 1, multiplier);
#endif
}

/* x / 2^right to nearest, halves away from zero, plus what `nudge` has beyond 2^(right - 1). right >= 1. */
static inline int32_t eo_shift_nudged(int32_t x, int32_t nudge, int right) {
    return (x + (x >> 31) + nudge) >> right;
}

#endif

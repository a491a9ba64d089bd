/* eo_math_f32.h -- exp, tanh and logistic of a float, without libm; twins of edgeopt/ops/float32/_math.py.
 *
 * Largest errors against the exact value, found on every float32 (docs/numerics.md):
 *   exp       0.99 ulp, to zero and to infinity through the subnormal numbers
 *   tanh      1.46 ulp
 *   logistic  2.00 ulp from -9 up; below, TFLM's exp(x) in its place, which is 1 + exp(x) times too large
 * Infinities and not-a-number go through as through the functions themselves. */
#ifndef EO_MATH_F32_H
#define EO_MATH_F32_H

#include "eo_float.h"

/* 2^n, n in -126..127. */
static inline float eo_power_of_two_f32(int32_t n) {
    const uint32_t bits = (uint32_t)(n + 127) << 23;
    float power;
    __builtin_memcpy(&power, &bits, sizeof power);
    return power;
}

/* exp(x) = 2^n exp(r), n = round(x / ln 2), |r| <= ln 2 / 2; exp(r) = 1 + r + r^2 q(r), q a minimax polynomial. */
static inline float eo_exp_f32_of(float x) {
    if (!(x > -104.0f)) {
        return x != x ? x : 0.0f;
    }
    if (x > 89.0f) {
        x = 89.0f; /* beyond the largest float: becomes infinity below */
    }
    const float turns = x * 1.44269502f;
    const int32_t n = (int32_t)(turns + (turns < 0.0f ? -0.5f : 0.5f));
    const float whole = (float)n;
    /* ln 2 in two parts; n times the first is exact, and so is the first difference */
    const float r = (x - whole * 0.693359375f) - whole * -2.12194442e-4f;
    float q = 1.38144533e-3f;
    q = q * r + 8.36878177e-3f;
    q = q * r + 4.16683964e-2f;
    q = q * r + 1.66665196e-1f;
    q = q * r + 4.99999940e-1f;
    const float y = 1.0f + (r + (r * r) * q);
    const int32_t half = n / 2; /* in two steps, as 2^n may be no normal number */
    return (y * eo_power_of_two_f32(half)) * eo_power_of_two_f32(n - half);
}

/* Near 0 a minimax polynomial x + x^3 q(x^2), elsewhere 1 - 2 / (exp(2 |x|) + 1). */
static inline float eo_tanh_f32_of(float x) {
    const float magnitude = x < 0.0f ? -x : x;
    if (magnitude < 0.55f) {
        const float square = x * x;
        float q = -6.27423730e-3f;
        q = q * square + 2.10716780e-2f;
        q = q * square + -5.38523085e-2f;
        q = q * square + 1.33325860e-1f;
        q = q * square + -3.33333164e-1f;
        return x + (x * square) * q;
    }
    const float y = 1.0f - 2.0f / (eo_exp_f32_of(2.0f * magnitude) + 1.0f);
    return x < 0.0f ? -y : y;
}

/* 1 / (1 + exp(-x)) with the shortcuts that TFLM takes. */
static inline float eo_logistic_f32_of(float x) {
    if (x < -9.0f) {
        return eo_exp_f32_of(x);
    }
    return x > 16.6190472f ? 1.0f : 1.0f / (1.0f + eo_exp_f32_of(-x));
}

#endif

/* eo_requant.h -- requantization, with the rounding of TensorFlow Lite for Microcontrollers.
 *
 * Twin of edgeopt/quantmath.py; a test compares the two. Source: TFLite 8-bit quantization specification, gemmlowp
 * fixed-point: saturating rounding doubling high multiply, then rounding arithmetic shift right (double rounding).
 *
 * A channel of a convolution has a multiplier, Q31 in [2^30, 2^31) or 0, and a shift code (edgeopt/ops/_requant.py):
 *   code in -22..-1  a narrow channel: shifts right by -code, and its accumulator is proven to stay within +-2^30
 *   code >= 33       any other: shifts by code - EO_WIDE, positive to the left */
#ifndef EO_REQUANT_H
#define EO_REQUANT_H

#include "eo_arch.h"

#define EO_WIDE 64

/* High 32 bits of 2ab, to nearest, halves up. multiplier in [0, 2^31): INT32_MIN squared cannot occur. */
static inline int32_t eo_doubling_high_mul(int32_t a, int32_t multiplier) {
#if EO_HAS_LONG_MULTIPLY
    return (int32_t)(((int64_t)a * multiplier + ((int64_t)1 << 30)) >> 31);
#else
    /* By 16-bit halves: high * 2^32 + low is the product; no partial sum leaves 32 bits. */
    const uint32_t m = (uint32_t)multiplier;
    const uint32_t a_low = (uint32_t)a & 0xffffu;
    const int32_t a_high = a >> 16;
    const uint32_t low_low = a_low * (m & 0xffffu);
    const uint32_t low_high = a_low * (m >> 16);
    const int32_t middle = a_high * (int32_t)(m & 0xffffu) + (int32_t)(low_low >> 16);
    const uint32_t carry = ((uint32_t)middle & 0xffffu) + (low_high & 0xffffu);
    const int32_t high =
        a_high * (int32_t)(m >> 16) + (middle >> 16) + (int32_t)(low_high >> 16) + (int32_t)(carry >> 16);
    const uint32_t low = (carry << 16) | (low_low & 0xffffu);
    return (int32_t)(((uint32_t)high << 1) + (((low >> 30) + 1u) >> 1));
#endif
}

/* x / 2^exponent to nearest, halves away from zero; exponent 0..31. */
static inline int32_t eo_rounding_shift_right(int32_t x, int exponent) {
    const int32_t mask = (int32_t)(((uint32_t)1 << exponent) - 1u);
    const int32_t remainder = x & mask;
    const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

/* acc * multiplier * 2^(shift - 31); shift -31..30, a left shift wraps in 32 bits as TFLM's does. */
static inline int32_t eo_requantize(int32_t acc, int32_t multiplier, int shift) {
    const int left = shift > 0 ? shift : 0;
    const int right = shift > 0 ? 0 : -shift;
    const int32_t shifted = (int32_t)((uint32_t)acc << left);
    return eo_rounding_shift_right(eo_doubling_high_mul(shifted, multiplier), right);
}

static inline int32_t eo_clamp(int32_t x, int32_t low, int32_t high) {
    return x < low ? low : (x > high ? high : x);
}

/* What eo_requantize_narrow adds: half of the last place and the zero point, for a shift to the right of 1..22. */
static inline int32_t eo_narrow_nudge(int32_t zero_point, int right) {
    return (2 * zero_point + 1) * (int32_t)((uint32_t)1 << (right - 1));
}

/* int8 of requantize(acc) + zero point for a narrow channel: |acc| < 2^30, so nothing saturates on the way. */
static inline int32_t eo_requantize_narrow(int32_t acc, int32_t multiplier, int32_t nudge, int right) {
#if EO_HAS_DSP
    const int32_t high = eo_smmulr(2 * acc, multiplier);
#else
    const int32_t high = eo_doubling_high_mul(acc, multiplier);
#endif
    return eo_saturate_s8((high + (high >> 31) + nudge) >> right);
}

/* int8 of requantize(acc) + zero point for any shift code. Seldom run in convolutions, so kept out of their loops. */
static EO_OUT_OF_LINE int32_t eo_requantize_any(int32_t acc, int32_t multiplier, int code, int32_t zero_point) {
    const int32_t x = eo_requantize(acc, multiplier, code < 0 ? code : code - EO_WIDE);
    return eo_saturate_s8(eo_clamp(x, -1024, 1024) + zero_point);
}

/* A fused activation over values that already are int8; nothing to do for the whole range, the usual case. */
static inline void eo_clamp_all(int8_t *x, int32_t count, int32_t low, int32_t high) {
    if (low > -128 || high < 127) {
        for (; count > 0; count--, x++) {
            *x = (int8_t)eo_clamp(*x, low, high);
        }
    }
}

#endif

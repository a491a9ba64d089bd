/* eo_requant.h -- requantization, with the rounding of TensorFlow Lite for Microcontrollers.
 *
 * Twin of edgeopt/quantmath.py; a test compares the two. Source: TFLite 8-bit quantization specification, gemmlowp
 * fixed-point: saturating rounding doubling high multiply, then rounding arithmetic shift right (double rounding). */
#ifndef EO_REQUANT_H
#define EO_REQUANT_H

#include "eo_arch.h"

/* High 32 bits of 2ab, to nearest, halves up. multiplier in [0, 2^31): INT32_MIN squared cannot occur. */
static inline int32_t eo_doubling_high_mul(int32_t a, int32_t multiplier) {
    return (int32_t)(((int64_t)a * multiplier + ((int64_t)1 << 30)) >> 31);
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

#endif

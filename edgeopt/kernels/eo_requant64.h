/* eo_requant64.h -- requantization of layers with int16 data, whose sums TFLM holds in 64 bits.
 *
 * Twin of requantize64 in edgeopt/quantmath.py; a test compares the two. A multiplier of 15 bits, and one rounding:
 *   floor((sum * multiplier + half) / 2^(15 - shift)), half = 2^(14 - shift)
 *
 * A channel has a multiplier and a shift code (edgeopt/ops/int16/_weighted.py):
 *   code -31..-2   the sum fits in 32 bits, and shift = code; the multiplier has 15 bits
 *   code -95..-57  shift = code - EO_LONG, any sum below 2^47; the multiplier has 15 bits
 *   code 33..94    shift = code - EO_DOUBLE; the multiplier is Q31, and rounding is that of eo_requant.h
 * Layers with int16 weights whose sums fit in 32 bits have no codes: their multipliers are Q32. */
#ifndef EO_REQUANT64_H
#define EO_REQUANT64_H

#include "eo_requant.h"

#define EO_LONG (-64)
#define EO_DOUBLE 64

/* floor(x * multiplier / 2^16); multiplier 0..32767. */
static inline int32_t eo_mul_q16(int32_t x, int32_t multiplier) {
#if EO_HAS_DSP
    return eo_smulwb(x, multiplier);
#else
    const int32_t low = (int32_t)(((uint32_t)x & 0xffffu) * (uint32_t)multiplier >> 16);
    return (x >> 16) * multiplier + low;
#endif
}

/* Any sum of 32 bits, shift -31..-2: 2^16 is taken out of the product, whose lower bits the rounding does not need. */
static inline int32_t eo_requantize_q15(int32_t sum, int32_t multiplier, int shift) {
    const int right = -1 - shift;
    return (eo_mul_q16(sum, multiplier) + ((int32_t)1 << (right - 1))) >> right;
}

/* |sum| < 2^47, shift -31..7. The result wraps in 32 bits as TFLM's does. */
static EO_OUT_OF_LINE int32_t eo_requantize64(int64_t sum, int32_t multiplier, int shift) {
    const int right = 15 - shift;
    return (int32_t)(uint32_t)(uint64_t)((sum * multiplier + ((int64_t)1 << (right - 1))) >> right);
}

/* Any sum of 32 bits times a multiplier of Q32, 0..2^31-1: to nearest, halves up. */
static inline int32_t eo_requantize_q32(int32_t sum, int32_t multiplier) {
#if EO_HAS_DSP
    return eo_smmulr(sum, multiplier);
#elif EO_HAS_LONG_MULTIPLY
    return (int32_t)(((int64_t)sum * multiplier + ((int64_t)1 << 31)) >> 32);
#else
    /* By 16-bit halves; no partial sum leaves 32 bits. */
    const uint32_t m = (uint32_t)multiplier, low = (uint32_t)sum & 0xffffu;
    const int32_t high = sum >> 16;
    const int32_t middle = high * (int32_t)(m & 0xffffu) + (int32_t)(low * (m & 0xffffu) >> 16);
    const uint32_t low_high = low * (m >> 16);
    const uint32_t carry = ((uint32_t)middle & 0xffffu) + (low_high & 0xffffu) + 0x8000u;
    return high * (int32_t)(m >> 16) + (middle >> 16) + (int32_t)(low_high >> 16) + (int32_t)(carry >> 16);
#endif
}

static inline int eo_is_q15(int code) {
    return code < 0 && code >= -31;
}

/* A sum of 32 bits with any code. Seldom another than those of eo_requantize_q15, so kept out of loops. */
static EO_OUT_OF_LINE int32_t eo_requantize_by_code(int32_t sum, int32_t multiplier, int code) {
    if (code >= 0) {
        return eo_requantize(sum, multiplier, code - EO_DOUBLE);
    }
    return eo_is_q15(code) ? eo_requantize_q15(sum, multiplier, code)
                           : eo_requantize64(sum, multiplier, code - EO_LONG);
}

/* A fused activation over values that already are int16; nothing to do for the whole range. */
static inline void eo_clamp_all_s16(int16_t *x, int32_t count, int32_t low, int32_t high) {
    if (low > -32768 || high < 32767) {
        for (; count > 0; count--, x++) {
            *x = (int16_t)eo_clamp(*x, low, high);
        }
    }
}

#endif

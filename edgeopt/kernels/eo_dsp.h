/* eo_dsp.h -- the SIMD instructions of Armv7E-M that the kernels use, one a function.
 *
 * A word is four bytes (b3, b2, b1, b0) or two signed lanes (high, low). By inline assembly, because the intrinsics
 * lack the rotated forms; gcc and clang take it alike. The C forms let a host test the kernels that are written for
 * them. */
#ifndef EO_DSP_H
#define EO_DSP_H

#include <stdint.h>

static inline uint32_t eo_lanes(int32_t high, int32_t low) {
    return ((uint32_t)high << 16) | ((uint32_t)low & 0xffffu);
}

static inline int32_t eo_low(uint32_t lanes) {
    return (int16_t)(uint16_t)lanes;
}

static inline int32_t eo_high(uint32_t lanes) {
    return (int16_t)(uint16_t)(lanes >> 16);
}

/* (b2, b0) as int16 lanes. */
static inline uint32_t eo_sxtb16(uint32_t word) {
#if defined(__ARM_FEATURE_DSP)
    uint32_t result;
    __asm__("sxtb16 %0, %1" : "=r"(result) : "r"(word));
    return result;
#else
    return eo_lanes((int8_t)(uint8_t)(word >> 16), (int8_t)(uint8_t)word);
#endif
}

/* (b3, b1) as int16 lanes. */
static inline uint32_t eo_sxtb16_odd(uint32_t word) {
#if defined(__ARM_FEATURE_DSP)
    uint32_t result;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(result) : "r"(word));
    return result;
#else
    return eo_lanes((int8_t)(uint8_t)(word >> 24), (int8_t)(uint8_t)(word >> 8));
#endif
}

/* add + (b2, b0), lane by lane modulo 2^16. */
static inline uint32_t eo_sxtab16(uint32_t add, uint32_t word) {
#if defined(__ARM_FEATURE_DSP)
    uint32_t result;
    __asm__("sxtab16 %0, %1, %2" : "=r"(result) : "r"(add), "r"(word));
    return result;
#else
    return eo_lanes(eo_high(add) + (int8_t)(uint8_t)(word >> 16), eo_low(add) + (int8_t)(uint8_t)word);
#endif
}

/* add + (b3, b1), lane by lane modulo 2^16. */
static inline uint32_t eo_sxtab16_odd(uint32_t add, uint32_t word) {
#if defined(__ARM_FEATURE_DSP)
    uint32_t result;
    __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(result) : "r"(add), "r"(word));
    return result;
#else
    return eo_lanes(eo_high(add) + (int8_t)(uint8_t)(word >> 24), eo_low(add) + (int8_t)(uint8_t)(word >> 8));
#endif
}

/* acc + low a * low b + high a * high b, modulo 2^32. */
static inline int32_t eo_smlad(uint32_t a, uint32_t b, int32_t acc) {
#if defined(__ARM_FEATURE_DSP)
    int32_t result;
    __asm__("smlad %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(acc));
    return result;
#else
    return (int32_t)((uint32_t)acc + (uint32_t)(eo_low(a) * eo_low(b)) + (uint32_t)(eo_high(a) * eo_high(b)));
#endif
}

/* acc + low a * low b, modulo 2^32. */
static inline int32_t eo_smlabb(uint32_t a, uint32_t b, int32_t acc) {
#if defined(__ARM_FEATURE_DSP)
    int32_t result;
    __asm__("smlabb %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(acc));
    return result;
#else
    return (int32_t)((uint32_t)acc + (uint32_t)(eo_low(a) * eo_low(b)));
#endif
}

/* acc + high a * high b, modulo 2^32. */
static inline int32_t eo_smlatt(uint32_t a, uint32_t b, int32_t acc) {
#if defined(__ARM_FEATURE_DSP)
    int32_t result;
    __asm__("smlatt %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(acc));
    return result;
#else
    return (int32_t)((uint32_t)acc + (uint32_t)(eo_high(a) * eo_high(b)));
#endif
}

/* acc + low a * high b, modulo 2^32. */
static inline int32_t eo_smlabt(uint32_t a, uint32_t b, int32_t acc) {
#if defined(__ARM_FEATURE_DSP)
    int32_t result;
    __asm__("smlabt %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(acc));
    return result;
#else
    return (int32_t)((uint32_t)acc + (uint32_t)(eo_low(a) * eo_high(b)));
#endif
}

/* acc + high a * low b, modulo 2^32. */
static inline int32_t eo_smlatb(uint32_t a, uint32_t b, int32_t acc) {
#if defined(__ARM_FEATURE_DSP)
    int32_t result;
    __asm__("smlatb %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(acc));
    return result;
#else
    return (int32_t)((uint32_t)acc + (uint32_t)(eo_high(a) * eo_low(b)));
#endif
}

/* a * low b / 2^16, cut off downward. */
static inline int32_t eo_smulwb(int32_t a, int32_t b) {
#if defined(__ARM_FEATURE_DSP)
    int32_t result;
    __asm__("smulwb %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));
    return result;
#else
    return (int32_t)(((int64_t)a * (int16_t)(uint16_t)(uint32_t)b) >> 16);
#endif
}

/* acc + a * low b / 2^16, the quotient cut off downward; the sum modulo 2^32. */
static inline int32_t eo_smlawb(int32_t a, uint32_t b, int32_t acc) {
#if defined(__ARM_FEATURE_DSP)
    int32_t result;
    __asm__("smlawb %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(acc));
    return result;
#else
    return (int32_t)((uint32_t)acc + (uint32_t)(((int64_t)a * eo_low(b)) >> 16));
#endif
}

/* acc + a * high b / 2^16, the quotient cut off downward; the sum modulo 2^32. */
static inline int32_t eo_smlawt(int32_t a, uint32_t b, int32_t acc) {
#if defined(__ARM_FEATURE_DSP)
    int32_t result;
    __asm__("smlawt %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(acc));
    return result;
#else
    return (int32_t)((uint32_t)acc + (uint32_t)(((int64_t)a * eo_high(b)) >> 16));
#endif
}

/* x / 2^20, cut off downward, limited to -128..127. */
static inline int32_t eo_ssat8_asr20(int32_t x) {
#if defined(__ARM_FEATURE_DSP)
    int32_t result;
    __asm__("ssat %0, #8, %1, asr #20" : "=r"(result) : "r"(x));
    return result;
#else
    const int32_t shifted = x >> 20;
    return shifted < -128 ? -128 : (shifted > 127 ? 127 : shifted);
#endif
}

/* High 32 bits of a b, rounded to nearest. */
static inline int32_t eo_smmulr(int32_t a, int32_t b) {
#if defined(__ARM_FEATURE_DSP)
    int32_t result;
    __asm__("smmulr %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));
    return result;
#else
    return (int32_t)(((int64_t)a * b + ((int64_t)1 << 31)) >> 32);
#endif
}

/* The sums of two int16 each, limited to int16. */
static inline uint32_t eo_qadd16(uint32_t a, uint32_t b) {
#if defined(__ARM_FEATURE_DSP)
    uint32_t result;
    __asm__("qadd16 %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));
    return result;
#else
    const int32_t low = eo_low(a) + eo_low(b), high = eo_high(a) + eo_high(b);
    return eo_lanes(high < -32768 ? -32768 : (high > 32767 ? 32767 : high),
                    low < -32768 ? -32768 : (low > 32767 ? 32767 : low));
#endif
}

/* a + b, lane by lane modulo 2^16. */
static inline uint32_t eo_sadd16(uint32_t a, uint32_t b) {
#if defined(__ARM_FEATURE_DSP)
    uint32_t result;
    __asm__("sadd16 %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));
    return result;
#else
    return eo_lanes(eo_high(a) + eo_high(b), eo_low(a) + eo_low(b));
#endif
}

/* a - b, lane by lane modulo 2^16. */
static inline uint32_t eo_ssub16(uint32_t a, uint32_t b) {
#if defined(__ARM_FEATURE_DSP)
    uint32_t result;
    __asm__("ssub16 %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));
    return result;
#else
    return eo_lanes(eo_high(a) - eo_high(b), eo_low(a) - eo_low(b));
#endif
}

/* The larger of each pair of two int16. */
static inline uint32_t eo_max_s16x2(uint32_t a, uint32_t b) {
#if defined(__ARM_FEATURE_DSP)
    uint32_t result;
    __asm__("ssub16 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(result) : "r"(a), "r"(b) : "cc");
    return result;
#else
    return eo_lanes(eo_high(a) > eo_high(b) ? eo_high(a) : eo_high(b), eo_low(a) > eo_low(b) ? eo_low(a) : eo_low(b));
#endif
}

/* The larger of each pair of four int8. */
static inline uint32_t eo_max_s8x4(uint32_t a, uint32_t b) {
#if defined(__ARM_FEATURE_DSP)
    uint32_t result;
    __asm__("ssub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(result) : "r"(a), "r"(b) : "cc");
    return result;
#else
    uint32_t result = 0;
    for (unsigned shift = 0; shift < 32u; shift += 8u) {
        int8_t x = (int8_t)(uint8_t)(a >> shift), y = (int8_t)(uint8_t)(b >> shift);
        result |= (uint32_t)(uint8_t)(x > y ? x : y) << shift;
    }
    return result;
#endif
}

/* The bytes of `chosen` where the int8 of a are below those of b; 0 elsewhere. */
static inline uint32_t eo_below_s8x4(uint32_t a, uint32_t b, uint32_t chosen) {
#if defined(__ARM_FEATURE_DSP)
    uint32_t result;
    __asm__("ssub8 %0, %1, %2\n\tsel %0, %4, %3" : "=&r"(result) : "r"(a), "r"(b), "r"(chosen), "r"(0u) : "cc");
    return result;
#else
    uint32_t result = 0;
    for (unsigned shift = 0; shift < 32u; shift += 8u) {
        if ((int8_t)(uint8_t)(a >> shift) < (int8_t)(uint8_t)(b >> shift)) {
            result |= chosen & ((uint32_t)0xffu << shift);
        }
    }
    return result;
#endif
}

/* The lanes of `chosen` where the int16 of a are below those of b; 0 elsewhere. */
static inline uint32_t eo_below_s16x2(uint32_t a, uint32_t b, uint32_t chosen) {
#if defined(__ARM_FEATURE_DSP)
    uint32_t result;
    __asm__("ssub16 %0, %1, %2\n\tsel %0, %4, %3" : "=&r"(result) : "r"(a), "r"(b), "r"(chosen), "r"(0u) : "cc");
    return result;
#else
    return (eo_low(a) < eo_low(b) ? chosen & 0xffffu : 0u) | (eo_high(a) < eo_high(b) ? chosen & 0xffff0000u : 0u);
#endif
}

/* b3 + b2 + b1 + b0, none of them negative. */
static inline uint32_t eo_sum_u8x4(uint32_t word) {
#if defined(__ARM_FEATURE_DSP)
    uint32_t result;
    __asm__("usad8 %0, %1, %2" : "=r"(result) : "r"(word), "r"(0u));
    return result;
#else
    return (word & 0xffu) + ((word >> 8) & 0xffu) + ((word >> 16) & 0xffu) + (word >> 24);
#endif
}

#endif

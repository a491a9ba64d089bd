/* eo_arch.h -- what the kernels know of the machine: ROM data, word loads, and the ISA's primitives.
 *
 * Kernels are loops over these primitives, written once; what a core has is asked by three macros, each of which may be
 * given on the command line to try a path elsewhere:
 *   EO_HAS_DSP            16-bit SIMD multiply-accumulate (Cortex-M4, M7, M33 and M55 with DSP)
 *   EO_HAS_MVE            Helium vectors (Cortex-M55); no kernel uses them yet
 *   EO_HAS_LONG_MULTIPLY  a 32 x 32 -> 64 bit multiply instruction; the Cortex-M0+ has none */
#ifndef EO_ARCH_H
#define EO_ARCH_H

#include <stddef.h>
#include <stdint.h>

/* Constant data that stays in flash. A Harvard machine defines it before including this header. */
#ifndef EO_ROM
#define EO_ROM
#endif

#ifndef EO_HAS_DSP
#if defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_SIMD32) && !defined(__ARM_BIG_ENDIAN)
#define EO_HAS_DSP 1
#else
#define EO_HAS_DSP 0
#endif
#endif

#ifndef EO_HAS_MVE
#if defined(__ARM_FEATURE_MVE)
#define EO_HAS_MVE 1
#else
#define EO_HAS_MVE 0
#endif
#endif

#ifndef EO_HAS_LONG_MULTIPLY
#if defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__) || defined(__AVR__)
#define EO_HAS_LONG_MULTIPLY 0
#else
#define EO_HAS_LONG_MULTIPLY 1
#endif
#endif

/* A static function of a header that is not to be inlined, and need not be called. */
#define EO_OUT_OF_LINE __attribute__((noinline, unused))

/* Keeps the compiler from moving loads above this point, where it would run out of registers. No instruction. */
static inline void eo_keep_order(void) {
    __asm__ __volatile__("" : : : "memory");
}

/* Four bytes at any address. */
static inline uint32_t eo_load_word(const int8_t *bytes) {
    uint32_t word;
    __builtin_memcpy(&word, bytes, sizeof word);
    return word;
}

static inline void eo_store_word(int8_t *bytes, uint32_t word) {
    __builtin_memcpy(bytes, &word, sizeof word);
}

/* a + b modulo 2^32, for sums that pass the limits of int32 on their way to a value within them. */
static inline int32_t eo_add_wrap(int32_t a, int32_t b) {
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

/* Byte `index` (0 is the lowest) of a word of four packed int8. */
static inline int32_t eo_byte(uint32_t word, int index) {
    return (int8_t)(uint8_t)(word >> (8 * index));
}

/* x limited to -128..127. */
static inline int32_t eo_saturate_s8(int32_t x) {
#if defined(__ARM_FEATURE_SAT)
    int32_t y;
    __asm__("ssat %0, #8, %1" : "=r"(y) : "r"(x));
    return y;
#else
    return x < -128 ? -128 : (x > 127 ? 127 : x);
#endif
}

#if EO_HAS_DSP
/* One instruction each. Inline assembly, because the intrinsics lack the rotated forms; gcc and clang take it alike.
 * A word holds bytes b3 b2 b1 b0 or the signed lanes (high, low). */

/* (b2, b0) as int16 lanes. */
static inline uint32_t eo_sxtb16(uint32_t word) {
    uint32_t lanes;
    __asm__("sxtb16 %0, %1" : "=r"(lanes) : "r"(word));
    return lanes;
}

/* (b3, b1) as int16 lanes. */
static inline uint32_t eo_sxtb16_odd(uint32_t word) {
    uint32_t lanes;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(lanes) : "r"(word));
    return lanes;
}

/* add + (b2, b0), lane by lane. */
static inline uint32_t eo_sxtab16(uint32_t add, uint32_t word) {
    uint32_t lanes;
    __asm__("sxtab16 %0, %1, %2" : "=r"(lanes) : "r"(add), "r"(word));
    return lanes;
}

/* add + (b3, b1), lane by lane. */
static inline uint32_t eo_sxtab16_odd(uint32_t add, uint32_t word) {
    uint32_t lanes;
    __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(lanes) : "r"(add), "r"(word));
    return lanes;
}

/* acc + low a * low b + high a * high b, modulo 2^32. */
static inline int32_t eo_smlad(uint32_t a, uint32_t b, int32_t acc) {
    int32_t sum;
    __asm__("smlad %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(b), "r"(acc));
    return sum;
}

/* acc + low a * low b. */
static inline int32_t eo_smlabb(uint32_t a, uint32_t b, int32_t acc) {
    int32_t sum;
    __asm__("smlabb %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(b), "r"(acc));
    return sum;
}

/* acc + high a * high b. */
static inline int32_t eo_smlatt(uint32_t a, uint32_t b, int32_t acc) {
    int32_t sum;
    __asm__("smlatt %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(b), "r"(acc));
    return sum;
}

/* High 32 bits of a b, rounded to nearest. */
static inline int32_t eo_smmulr(int32_t a, int32_t b) {
    int32_t high;
    __asm__("smmulr %0, %1, %2" : "=r"(high) : "r"(a), "r"(b));
    return high;
}

/* The larger of each pair of four int8. */
static inline uint32_t eo_max_s8x4(uint32_t a, uint32_t b) {
    uint32_t max;
    __asm__("ssub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(max) : "r"(a), "r"(b) : "cc");
    return max;
}
#endif

#endif

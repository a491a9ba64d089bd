/* eo_arch.h -- what the kernels know of the machine: ROM data, word loads, and the ISA's primitives.
 *
 * Kernels are loops over these primitives, written once; what a core has is asked by four macros, each of which may be
 * given on the command line to try a path elsewhere:
 *   EO_HAS_DSP            16-bit SIMD multiply-accumulate (Cortex-M4, M7, M33 and M55 with DSP): eo_dsp.h
 *   EO_HAS_MVE            Helium vectors (Cortex-M55): eo_bits_mve.h
 *   EO_HAS_LONG_MULTIPLY  a 32 x 32 -> 64 bit multiply instruction; the Cortex-M0+ has none
 *   EO_HAS_SATURATE       an instruction that limits a number to so many bits; the Cortex-M0+ has none */
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

#ifndef EO_HAS_SATURATE
#if defined(__ARM_FEATURE_SAT)
#define EO_HAS_SATURATE 1
#else
#define EO_HAS_SATURATE 0
#endif
#endif

/* A static function of a header that a kernel is: as if its text stood in the kernel. */
#define EO_BODY static inline __attribute__((always_inline))

/* A static function of a header that is not to be inlined, and need not be called. */
#define EO_OUT_OF_LINE __attribute__((noinline, unused))

/* Keeps the compiler from moving loads above this point, where it would run out of registers. No instruction. */
static inline void eo_keep_order(void) {
    __asm__ __volatile__("" : : : "memory");
}

/* x, of which the compiler knows nothing: keeps a sum in one register, in the order written. No instruction. */
static inline int32_t eo_opaque(int32_t x) {
    __asm__("" : "+r"(x));
    return x;
}

/* Four bytes at any address. */
static inline uint32_t eo_load_word(const int8_t *bytes) {
    uint32_t word;
    __builtin_memcpy(&word, bytes, sizeof word);
    return word;
}

/* Two int16 at any address, the first in the low half. */
static inline uint32_t eo_load_pair(const int16_t *values) {
    uint32_t pair;
    __builtin_memcpy(&pair, values, sizeof pair);
    return pair;
}

static inline void eo_store_pair(int16_t *values, uint32_t pair) {
    __builtin_memcpy(values, &pair, sizeof pair);
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

/* x limited to -32768..32767. */
static inline int32_t eo_saturate_s16(int32_t x) {
#if defined(__ARM_FEATURE_SAT)
    int32_t y;
    __asm__("ssat %0, #16, %1" : "=r"(y) : "r"(x));
    return y;
#else
    return x < -32768 ? -32768 : (x > 32767 ? 32767 : x);
#endif
}

#if EO_HAS_DSP
#include "eo_dsp.h"
#endif

#endif

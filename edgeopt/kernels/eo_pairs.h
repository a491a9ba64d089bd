/* eo_pairs.h -- two int16 in a word, the first in its low half. */
#ifndef EO_PAIRS_H
#define EO_PAIRS_H

#include "eo_arch.h"

static inline int32_t eo_low_half(uint32_t word) {
    return (int16_t)(uint16_t)word;
}

static inline int32_t eo_high_half(uint32_t word) {
    return (int32_t)word >> 16;
}

/* The two words at `at`, which is aligned to 4; returns what is behind them. One instruction. */
static inline const void *eo_load_two(const void *at, uint32_t *first, uint32_t *second) {
#if defined(__ARM_FEATURE_DSP)
    uint32_t word0, word1;
    __asm__ __volatile__("ldrd %0, %1, [%2], #8" : "=&r"(word0), "=&r"(word1), "+r"(at) : : "memory");
    *first = word0;
    *second = word1;
    return at;
#else
    const uint8_t *const from = (const uint8_t *)__builtin_assume_aligned(at, 4);
    __builtin_memcpy(first, from, sizeof *first);
    __builtin_memcpy(second, from + 4, sizeof *second);
    return from + 8;
#endif
}

#endif

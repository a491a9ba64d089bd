/* eo_bits.h -- dot products of values of one bit, 32 a word: bit 1 is -1, bit 0 is +1; what counts is how many differ.
 *
 * Words are kept in triples, of the data and of the weights alike: (a, b, c) as (a ^ b ^ c, a ^ b, a ^ c). The xor of
 * two such triples is the triple of the words' differences A, B, C, which two operations more add, bit by bit, to
 *     ones = A ^ B ^ C        twos = ones ^ ((A ^ B) | (A ^ C))
 * Words that fill no triple lie behind the triples as they are. What is kept so is called transformed here.
 *
 * Sums go on by full adders as long as they are words of one weight, then in fields of 4, 8 and 16 bits. */
#ifndef EO_BITS_H
#define EO_BITS_H

#include "eo_arch.h"

/* What a window lies on, transformed. */
struct eo_bits_patch {
    const uint32_t *words; /* [3 * triples + singles] */
    int32_t triples;
    int32_t singles; /* 0..2 */
};

/* Two words by the weight of their bits. */
struct eo_bits_sum {
    uint32_t ones;
    uint32_t twos;
};

#ifdef __cplusplus
extern "C" {
#endif

/* Transforms 3 * triples + singles words; `to` may be `from`, and overlaps it in no other way. */
void eo_bits_transform(const uint32_t *from, uint32_t *to, int32_t triples, int32_t singles);

/* One bit for each of 1..32 channels: whether at least so many bits of its weights and of the patch differ.
 *   stream  [channels][3 * triples + singles + 1], channel `channels - 1` first: its transformed weights, then the
 *           least count that makes its bit 1, 0..2^31 - 1
 *   result  channel c in bit c; the bits above the last channel are 0 */
uint32_t eo_bits_fire(const uint32_t *stream, const struct eo_bits_patch *patch, int32_t channels);

/* How many bits differ, for each of `channels` >= 1 channels.
 *   stream  [channels][3 * triples + singles + behind]: transformed weights, and `behind` words that are skipped
 *   counts  [channels], in the order of the stream */
void eo_bits_count(const uint32_t *stream, const struct eo_bits_patch *patch, int32_t channels, int32_t behind,
                   uint32_t *counts);

#ifdef __cplusplus
}
#endif

/* a + b + c, bit by bit. */
static inline struct eo_bits_sum eo_bits_add(uint32_t a, uint32_t b, uint32_t c) {
    const uint32_t ones = a ^ b ^ c;
    const struct eo_bits_sum sum = {ones, ones ^ ((a ^ b) | (a ^ c))};
    return sum;
}

/* The differences of triple `i`. */
static inline struct eo_bits_sum eo_bits_differ(const uint32_t *w, const uint32_t *x, int i) {
    const uint32_t ones = w[3 * i] ^ x[3 * i];
    const struct eo_bits_sum sum = {ones, ones ^ ((w[3 * i + 1] ^ x[3 * i + 1]) | (w[3 * i + 2] ^ x[3 * i + 2]))};
    return sum;
}

/* Eight fields of 4 bits, each the number of ones in it: 0..4. */
static inline uint32_t eo_bits_nibbles(uint32_t x) {
    x -= (x >> 1) & 0x55555555u;
    return (x & 0x33333333u) + ((x >> 2) & 0x33333333u);
}

/* Four fields of 8 bits, each the sum of two of 4. */
static inline uint32_t eo_bits_bytes(uint32_t nibbles) {
    return (nibbles & 0x0f0f0f0fu) + ((nibbles >> 4) & 0x0f0f0f0fu);
}

/* Bits of weight 1 and 2 as fields of 4 bits: 0..12. */
static inline uint32_t eo_bits_weighted(uint32_t ones, uint32_t twos) {
    return eo_bits_nibbles(ones) + 2 * eo_bits_nibbles(twos);
}

/* Differences of three triples as four fields of 8 bits: 0..72. */
static inline uint32_t eo_bits_of_3(const uint32_t *w, const uint32_t *x) {
    const struct eo_bits_sum t0 = eo_bits_differ(w, x, 0), t1 = eo_bits_differ(w, x, 1), t2 = eo_bits_differ(w, x, 2);
    const struct eo_bits_sum low = eo_bits_add(t0.ones, t1.ones, t2.ones);
    const struct eo_bits_sum high = eo_bits_add(t0.twos, t1.twos, t2.twos);
    /* weights 1, 2, 2, 4 */
    return eo_bits_bytes(eo_bits_weighted(low.ones, low.twos)) +
           2 * eo_bits_bytes(eo_bits_weighted(high.ones, high.twos));
}

/* Differences of six triples as four fields of 8 bits: 0..144. */
static inline uint32_t eo_bits_of_6(const uint32_t *w, const uint32_t *x) {
    const struct eo_bits_sum t0 = eo_bits_differ(w, x, 0), t1 = eo_bits_differ(w, x, 1), t2 = eo_bits_differ(w, x, 2);
    const struct eo_bits_sum ones = eo_bits_add(t0.ones, t1.ones, t2.ones);
    const struct eo_bits_sum twos = eo_bits_add(t0.twos, t1.twos, t2.twos);
    const struct eo_bits_sum t3 = eo_bits_differ(w, x, 3), t4 = eo_bits_differ(w, x, 4);
    const struct eo_bits_sum more_ones = eo_bits_add(ones.ones, t3.ones, t4.ones);
    const struct eo_bits_sum more_twos = eo_bits_add(ones.twos, t3.twos, t4.twos);
    const struct eo_bits_sum last_twos = eo_bits_add(twos.ones, more_ones.twos, more_twos.ones);
    const struct eo_bits_sum fours = eo_bits_add(twos.twos, more_twos.twos, last_twos.twos);
    const struct eo_bits_sum t5 = eo_bits_differ(w, x, 5);
    return eo_bits_bytes(eo_bits_weighted(more_ones.ones, last_twos.ones)) +
           eo_bits_bytes(eo_bits_weighted(t5.ones, t5.twos)) +
           4 * eo_bits_bytes(eo_bits_weighted(fours.ones, fours.twos));
}

/* Differences of what six triples leave, 0..5 of them and 0..2 words, as four fields of 8 bits: 0..136. */
static inline uint32_t eo_bits_of_rest(const uint32_t *w, const uint32_t *x, int32_t triples, int32_t singles) {
    uint32_t bytes = 0;
    if (triples >= 3) {
        bytes = eo_bits_of_3(w, x);
        triples -= 3;
        w += 9;
        x += 9;
    }
    for (; triples > 0; triples--, w += 3, x += 3) {
        const struct eo_bits_sum sum = eo_bits_differ(w, x, 0);
        bytes += eo_bits_bytes(eo_bits_weighted(sum.ones, sum.twos));
    }
    for (; singles > 0; singles--) {
        bytes += eo_bits_bytes(eo_bits_nibbles(*w++ ^ *x++));
    }
    return bytes;
}

/* Four fields of 8 bits as two of 16. */
static inline uint32_t eo_bits_lanes(uint32_t bytes) {
    return (bytes & 0x00ff00ffu) + ((bytes >> 8) & 0x00ff00ffu);
}

/* How many bits of one channel's weights and of the patch differ, both transformed; at most 65,536 bits. */
static inline uint32_t eo_bits_difference(const uint32_t *weights, const struct eo_bits_patch *patch) {
    const uint32_t *w = weights, *x = patch->words;
    uint32_t lanes = 0;
    int32_t triples = patch->triples;
    for (; triples >= 6; triples -= 6, w += 18, x += 18) {
        lanes += eo_bits_lanes(eo_bits_of_6(w, x));
    }
    if ((triples | patch->singles) != 0) {
        lanes += eo_bits_lanes(eo_bits_of_rest(w, x, triples, patch->singles));
    }
    return (lanes & 0xffffu) + (lanes >> 16);
}

#endif
